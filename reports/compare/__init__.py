"""Two sets of answers compared: did the second do worse, and is that real?"""
