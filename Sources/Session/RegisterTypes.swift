internal import Expressions
internal import Inspect

/// What type an expression gives a register, after the target description.
enum RegisterTypes {
  /// Returns the type of a register, or of the part of it that `name` means.
  static func type(
    of definition: RegisterDefinition, name: String, part: RegisterNames
  ) -> ValueType {
    if let size = part.size { return .integer(size: size, isSigned: true) }
    if name == "pc" { return .pointer(to: .code) }
    if name == "sp" || name == "fp" { return .pointer(to: .void) }
    switch definition.type {
    case "code_ptr": return .pointer(to: .code)
    case "data_ptr": return .pointer(to: .void)
    case "i386_eflags": return .flags(size: definition.size)
    case "i387_ext": return .float(size: 10)
    case "ieee_single": return .float(size: 4)
    case "ieee_double": return .float(size: 8)
    default:
      if definition.size > 8 { return .vector(size: definition.size) }
      return .integer(size: definition.size, isSigned: true)
    }
  }
}
