"""Bundled recordings, made by our own simulator, each with its ground truth; `manifest.toml` lists them."""
