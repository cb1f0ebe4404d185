// What a cell means, not how it looks: views name roles, the theme turns them into colours and
// attributes. Whatever a role signals is also there as a mark or an attribute, so that a screen
// without colour says the same.

/// What a piece of text is.
public enum Role: UInt8, CaseIterable, Sendable {
  case plain
  /// Secondary text: units, offsets, hints, hex bytes.
  case quiet
  /// A pane's title.
  case title
  /// The title of the pane that has the keys.
  case activeTitle
  /// Rules between panes.
  case rule
  /// The name of a function, thread or symbol.
  case name
  case address
  case number
  case type
  case keyword
  case string
  case comment
  case mnemonic
  /// A value that differs from the previous stop; views also draw `*`.
  case changed
  /// Where execution is; views also draw an arrow.
  case current
  /// A breakpoint; views also draw a bullet.
  case breakpoint
  /// The target runs, the link is well; views also say so.
  case good
  case warning
  case error
  /// What a search found.
  case match
  /// A key in a list of keys.
  case key
}

/// What lies under the text.
public enum Surface: UInt8, CaseIterable, Sendable {
  case base
  /// The bars at the top and the bottom.
  case bar
  /// The line that the arrow keys move, in the pane that has the keys.
  case selection
  /// The line that execution is at.
  case currentLine
  /// Something that lies over the panes.
  case overlay
  /// A box of code: the application's, the kernel's, the runtime's; and of no code.
  case application, kernel, runtime, noCode
  /// A box that has grown or shrunk; views also write a sign.
  case more, less
}

/// A role on a surface, in 16 bits.
public struct Style: Hashable, Sendable {
  /// The packed form: role in bits 0-7, surface in 8-11, faded in 12.
  let bits: UInt16

  /// Creates a style; `isFaded` is for what may no longer be true.
  public init(_ role: Role, on surface: Surface = .base, isFaded: Bool = false) {
    bits = UInt16(role.rawValue) | UInt16(surface.rawValue) << 8 | (isFaded ? 1 << 12 : 0)
  }

  /// What the text is.
  public var role: Role { Role(rawValue: UInt8(truncatingIfNeeded: bits)) ?? .plain }

  /// What lies under it.
  public var surface: Surface {
    Surface(rawValue: UInt8(truncatingIfNeeded: bits >> 8) & 15) ?? .base
  }

  /// Whether it may no longer be true.
  public var isFaded: Bool { bits & 1 << 12 != 0 }

  /// Plain text on nothing.
  public static let plain = Style(.plain)
}

/// A piece of text with its role, for lines put together of several.
public struct Span: Equatable, Sendable {
  public var text: String
  public var role: Role
  /// What lies under it; `nil` for what lies under the whole line.
  public var surface: Surface?

  /// Creates a piece.
  public init(_ text: String, _ role: Role = .plain, on surface: Surface? = nil) {
    self.text = text
    self.role = role
    self.surface = surface
  }
}
