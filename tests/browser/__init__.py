"""The pages in a real browser. A package, so that the browser and the stack end with its last test."""
