"""Search by meaning: an optional model of embeddings beside the words of the records. Nothing here is loaded without `EMBEDDER`."""
