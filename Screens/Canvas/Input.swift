// What a terminal reports, decoded: the input of every reducer.

/// Something that happened at the terminal.
public enum InputEvent: Hashable, Sendable {
  case key(Key)
  /// Text pasted as a whole; may hold line breaks and anything else.
  case paste(String)
  case mouse(MouseEvent)
  case resized(Size)
  /// The process was suspended and runs again; everything has to be drawn anew.
  case resumed
}

/// A key.
public enum Key: Hashable, Sendable {
  /// A printable character, space included.
  case character(Character)
  /// A letter with Control, in lower case.
  case control(Character)
  /// A character with Alt (or after Escape, at once).
  case alt(Character)
  case enter, tab, backTab, escape, backspace, delete, insert
  case up, down, left, right, home, end, pageUp, pageDown
  /// F1 and so on.
  case function(Int)
}

/// A mouse button or wheel at a place.
public struct MouseEvent: Hashable, Sendable {
  /// What the mouse did.
  public enum Action: Hashable, Sendable {
    case pressed, dragged, released, wheelUp, wheelDown
  }
  public var action: Action
  public var point: Point

  /// Creates an event.
  public init(_ action: Action, at point: Point) {
    self.action = action
    self.point = point
  }
}
