// What a user asks of a session: where to stop, and how to go on.

public import Bytes
public import Inspect

/// A place in the program, as the user writes it.
public enum LocationSpecification: Hashable, Sendable {
  /// `main`, `Type.method`
  case function(String)
  /// `file.swift:12`, or `12` in the selected frame's file.
  case line(file: String?, Int)
  /// `*0x1000`
  case address(Address)
  /// `*$pc + 4`: an expression whose value is the address.
  case expression(String)
  /// `+3`, `-3`: lines from the selected frame's.
  case offset(Int)
  /// Nothing at all: the selected frame's pc.
  case here
}

/// What a breakpoint or watchpoint waits for.
public enum StopSpecification: Hashable, Sendable {
  case location(LocationSpecification)
  /// The memory of an expression's value; `kind` is `.write`, `.read` or `.access`.
  case watch(expression: String, StopPoint.Kind)
}

/// A way for the target to go on; counts are at least 1.
public enum Motion: Equatable, Sendable {
  /// `continue N`: the breakpoint it stands at is ignored `ignore - 1` more times.
  case cont(ignore: Int)
  case stepInstruction(Int)
  case nextInstruction(Int)
  case stepLine(Int)
  case nextLine(Int)
  /// Until the selected frame returns.
  case finish
  /// Until a later line of this frame, or until a location or the frame's return.
  case until(LocationSpecification?)
  /// Until a location, or the frame's return.
  case advance(LocationSpecification)
}
