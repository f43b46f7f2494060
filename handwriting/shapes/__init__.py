"""What people write, as pen strokes: the ten digits in their variants, and ink that is no digit.

A shape is one string of points `x,y`, in hundredths of a digit's height: x runs to the right, y
runs DOWN, and a digit stands between y = 0 and y = 100. The pen moves through the points on a
smooth curve. A point marked `!` is a corner, and ` / ` lifts the pen. So a crossed seven is
`"4,4 60,4! 28,100 / 20,52 58,48"`: a bar, a sharp turn, a stem, then a short stroke across.
"""
