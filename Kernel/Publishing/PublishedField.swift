// What the fields of published rows are called, and where they stand in a row.

public import Telemetry

/// A field of a published table, list or ring.
public struct PublishedField {
  let name: StaticString
  let type: FieldType
  let unit: Unit
  let offset: Int
  let width: Int
  var extraNumber = 0
  /// Of an enumeration.
  var names: [StaticString] = []

  /// A field of `width` bytes at `offset` in the row.
  @inline(never)
  public init(
    _ name: StaticString, _ type: FieldType = .unsigned, _ unit: Unit = .none, at offset: Int,
    width: Int = 8
  ) {
    self.name = name
    self.type = type
    self.unit = unit
    self.offset = offset
    self.width = width
  }

  /// A number with names.
  @inline(never)
  public static func enumeration(
    _ name: StaticString, at offset: Int, width: Int, _ names: [StaticString]
  ) -> PublishedField {
    var field = PublishedField(name, .enumeration, at: offset, width: width)
    field.names = names
    return field
  }

  /// A `StaticString`, or an address and a count side by side.
  @inline(never)
  public static func text(_ name: StaticString, at offset: Int) -> PublishedField {
    PublishedField(name, .text, at: offset, width: 16)
  }

  /// Text in the row itself, with its length in the byte at `length`.
  @inline(never)
  public static func inlineText(
    _ name: StaticString, at offset: Int, width: Int, length: Int
  ) -> PublishedField {
    var field = PublishedField(name, .inlineText, at: offset, width: width)
    field.extraNumber = length
    return field
  }

  /// A histogram, laid out as `Execution.Histogram`; durations in nanoseconds.
  @inline(never)
  public static func histogram(_ name: StaticString, at offset: Int) -> PublishedField {
    PublishedField(
      name, .histogram, .nanoseconds, at: offset, width: HistogramLayout.size)
  }
}
