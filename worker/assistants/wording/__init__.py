"""How records, criteria and numbers are said to customers, in English, Arabic and Franco-Arabic."""
