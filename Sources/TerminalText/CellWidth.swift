// How many cells of a terminal a character takes. The table follows Unicode's East Asian Width
// (UAX #11, classes W and F); the tests compare it with the C library's `wcwidth`, by which curses
// and most terminals count.

/// Returns the number of cells that one scalar takes: 0 for marks, 2 for wide ones, else 1.
///
/// Meaningful for scalars that `Sanitizer` lets pass; anything else counts as 1.
public func cells(_ scalar: Unicode.Scalar) -> Int {
  let value = scalar.value
  if value < 0x300 { return 1 }
  if Scalars.isMark(scalar) { return 0 }
  return value >= 0x1100 && Scalars.isWide(value) ? 2 : 1
}

/// Returns the number of cells that a character takes: those of its scalars together.
public func cells(_ character: Character) -> Int {
  var count = 0
  for scalar in character.unicodeScalars { count += cells(scalar) }
  return count
}

/// Returns the number of cells that a text takes.
public func cells(_ text: some StringProtocol) -> Int {
  var count = 0
  for scalar in text.unicodeScalars { count += cells(scalar) }
  return count
}
