// Values of Swift types taken apart: what a person means by a structure, an optional or a string.

/// A value as its type reads it, bounded in depth and size.
public indirect enum ValueTree: Hashable, Sendable {
  case scalar(ScalarKind, bits: UInt64, size: Int)
  /// The fields of a structure; those of a tuple may have no names.
  case structure([Field])
  /// A case without a payload, by its name.
  case enumeration(String)
  /// The absent case of an optional; the present one is what it holds.
  case absent
  /// A string's UTF-8, and whether there is more of it.
  case text([UInt8], isCut: Bool)
  /// The first elements of an array, and how many there are.
  case array([ValueTree], count: UInt64)
  /// What is not taken apart.
  case bytes([UInt8])

  /// A part of a structure.
  public struct Field: Hashable, Sendable {
    /// Its name; empty in a tuple without labels.
    public var name: String
    public var value: ValueTree

    /// Creates a field.
    public init(name: String, value: ValueTree) {
      self.name = name
      self.value = value
    }
  }

  /// Fields that are shown at most, in all.
  static let fieldLimit = 128
  /// Elements of an array that are shown.
  static let elementLimit = 16
  /// How deep structures are taken apart.
  static let depthLimit = 8
  /// Bytes of a string that are read.
  static let textLimit = 200
}
