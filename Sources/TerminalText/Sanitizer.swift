// The one sanitizer. Every text that comes from a target, its files or its monitor passes here
// before it reaches a terminal, a canvas or a JSON-free output. What comes out holds no control
// character, nothing that reorders, hides or joins text, and never more marks on a base than a
// cell has room for, so that one scalar is 0, 1 or 2 cells everywhere.

/// Makes hostile text harmless by spelling out what would act on a terminal.
///
/// Controls become `^[` and the like, other scalars `\u{202e}`, bytes that are no UTF-8 `\xff`.
public enum Sanitizer {
  /// The most combining marks that stay on one base; more are spelled out.
  public static let maximumMarks = 2

  /// Returns one line of harmless text; line breaks are spelled out too.
  ///
  /// Tabs become spaces up to the next multiple of `tabWidth`, or `^I` where that is 0.
  public static func visible(_ text: String, tabWidth: Int = 0) -> String {
    if isPlain(text) { return text }
    return visible(text.utf8, tabWidth: tabWidth)
  }

  /// Returns one line of harmless text from bytes that should be UTF-8.
  public static func visible(_ bytes: some Sequence<UInt8>, tabWidth: Int = 0) -> String {
    var result = String.UnicodeScalarView()
    run(bytes, tabWidth) { scalar, _ in result.append(scalar) }
    return String(result)
  }

  /// Returns harmless lines, split at LF and CR LF; an LF at the end adds no empty line.
  public static func visibleLines(_ text: String, tabWidth: Int = 8) -> [String] {
    visibleLines(text.utf8, tabWidth: tabWidth)
  }

  /// Returns harmless lines from bytes that should be UTF-8.
  public static func visibleLines(_ bytes: some Sequence<UInt8>, tabWidth: Int = 8) -> [String] {
    var lines: [String] = []
    var line: [UInt8] = []
    for byte in bytes {
      guard byte == 0x0a else {
        line.append(byte)
        continue
      }
      if line.last == 0x0d { line.removeLast() }
      lines.append(visible(line, tabWidth: tabWidth))
      line.removeAll(keepingCapacity: true)
    }
    if !line.isEmpty { lines.append(visible(line, tabWidth: tabWidth)) }
    return lines
  }

  /// Hands the harmless scalars of `bytes` and their cells to `emit`, in order.
  ///
  /// A scalar of 0 cells is a mark on the last one before it that had more.
  public static func scan(
    _ bytes: some Sequence<UInt8>, tabWidth: Int = 0, _ emit: (Unicode.Scalar, Int) -> Void
  ) {
    run(bytes, tabWidth, emit)
  }

  /// Hands on the harmless scalars of the first `maximumBytes` bytes of a text, as above; the
  /// faster one for strings.
  public static func scan(
    _ text: String, maximumBytes: Int = .max, tabWidth: Int = 0,
    _ emit: (Unicode.Scalar, Int) -> Void
  ) {
    run(text.utf8.prefix(maximumBytes), tabWidth, emit)
  }

  @inline(__always)
  private static func run(
    _ bytes: some Sequence<UInt8>, _ tabWidth: Int, _ emit: (Unicode.Scalar, Int) -> Void
  ) {
    var writer = VisibleWriter(tabWidth: tabWidth)
    var decoder = LenientDecoder()
    for byte in bytes {
      if byte >= 0x20, byte < 0x7f, decoder.isIdle {
        writer.write(plain: byte, emit)
      } else {
        decoder.received(byte) { writer.write($0, emit) }
      }
    }
    decoder.ended { writer.write($0, emit) }
  }

  /// Whether the text is printable ASCII throughout, so that nothing has to change.
  private static func isPlain(_ text: String) -> Bool {
    for byte in text.utf8 where byte < 0x20 || byte > 0x7e { return false }
    return true
  }
}
