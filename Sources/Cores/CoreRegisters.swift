// The registers that a core tells of, named and ordered as QEMU's target description has them, so
// that screens and commands show the same of a core and of the instance.

internal import Inspect

enum CoreRegisters {
  /// All that a core can have.
  static let definitions: [RegisterDefinition] = {
    var list: [RegisterDefinition] = []
    func add(_ name: String, _ size: Int, _ type: String, _ group: String) {
      list.append(
        RegisterDefinition(name: name, size: size, number: list.count, group: group, type: type))
    }
    for name in ["rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp"] {
      add(name, 8, name == "rbp" || name == "rsp" ? "data_ptr" : "int64", "general")
    }
    for number in 8...15 { add("r\(number)", 8, "int64", "general") }
    add("rip", 8, "code_ptr", "general")
    add("eflags", 4, "i386_eflags", "general")
    for name in ["cs", "ss", "ds", "es", "fs", "gs"] { add(name, 4, "int32", "general") }
    for name in ["fs_base", "gs_base"] { add(name, 8, "int", "general") }
    for number in 0..<8 { add("st\(number)", 10, "i387_ext", "float") }
    for number in 0..<16 { add("xmm\(number)", 16, "vec128", "vector") }
    add("mxcsr", 4, "i386_mxcsr", "vector")
    return list
  }()

  /// A thread's registers; all unknown without one.
  static func file(_ thread: CoreThread?) -> RegisterFile {
    RegisterFile(
      definitions: definitions,
      values: definitions.map { definition in
        guard let thread else { return nil }
        if let bytes = thread.vector(definition.name) { return bytes }
        return thread.registers[definition.name].map { value in
          (0..<definition.size).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
        }
      })
  }
}
