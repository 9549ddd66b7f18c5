"""The live feed: one present state in memory, which each browser follows at its own pace."""
