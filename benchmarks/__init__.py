"""Speed and memory, as ratios against a named peer measured in the same run.

python -m benchmarks            # everything; writes benchmarks/RESULTS.md
python -m benchmarks --quick    # a minute; small sizes, prints only
"""
