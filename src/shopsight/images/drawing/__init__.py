"""The draughtsman's room: cloth, sheets, garments and grounds, from which `images.draw` makes a sample shop."""
