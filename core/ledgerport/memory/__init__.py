"""The memory of past prices: texts of billing documents as vectors, so that a question finds the lines it is about.

`port.py` says what services work with, `documents.py` what is embedded, `prices.py` what it costs; `voyage.py` and
`chroma.py` are the two adapters, and import their libraries only once they are used. Importing this package is cheap.
"""
