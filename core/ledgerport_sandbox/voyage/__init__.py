"""An emulator of Voyage AI's text embeddings: the API to the letter, the vectors lexical (no language model)."""
