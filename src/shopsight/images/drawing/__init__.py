"""The draughtsman's room: cloth, sheets of paper, garments and grounds, from which `images.draw` makes a sample shop."""
