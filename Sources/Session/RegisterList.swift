// Registers as text: plain numbers, flags by name, what an address points at.

internal import Bytes
internal import Inspect
internal import Symbols

extension Session {
  /// The registers of the selected frame among `frames`.
  func registerList(_ file: RegisterFile, _ frames: [LogicalFrame]) -> [RegisterSnapshot] {
    let frame = frames.indices.contains(selectedFrame) ? frames[selectedFrame] : nil
    return target.profile.registers.map { definition in
      let bytes = self.bytes(of: definition, file, frame)
      let value = bytes.map { RegisterText.value($0, of: definition) } ?? "<not saved>"
      return RegisterSnapshot(
        name: definition.name, group: RegisterText.group(of: definition), value: value,
        note: bytes.map { note($0, definition) } ?? "",
        isChanged: selectedFrame == 0 && previous.isChanged(definition.name, value))
    }
  }

  /// The registers of a frame of `backtrace`, for `info registers`.
  public func registers(frame index: Int) throws(SessionError) -> [RegisterSnapshot] {
    guard let frame = try frame(index) else { throw .noFrame(index) }
    let file = try session { () throws(InspectError) in
      try self.registers(of: try self.currentThread())
    }
    return target.profile.registers.map { definition in
      let bytes = self.bytes(of: definition, file, frame)
      return RegisterSnapshot(
        name: definition.name, group: RegisterText.group(of: definition),
        value: bytes.map { RegisterText.value($0, of: definition) } ?? "<not saved>",
        note: bytes.map { note($0, definition) } ?? "", isChanged: false)
    }
  }

  /// A register's bytes in a frame; outer frames know what unwinding recovered, and share what
  /// calls leave alone (segments, control registers) with the innermost.
  private func bytes(
    of definition: RegisterDefinition, _ file: RegisterFile, _ frame: LogicalFrame?
  ) -> [UInt8]? {
    guard let frame, frame.physical > 0 else { return file.bytes(definition.name) }
    if definition.name == names.pc { return RegisterText.bytes(frame.frame.pc.value) }
    if let number = names.unwound.firstIndex(of: definition.name) {
      return frame.frame.register(number).map(RegisterText.bytes)
    }
    return file.bytes(definition.name)
  }

  /// What a pointer-sized register points at.
  private func note(_ bytes: [UInt8], _ definition: RegisterDefinition) -> String {
    guard definition.size == 8, bytes.count >= 8, definition.type != "i386_eflags" else {
      return ""
    }
    var value: UInt64 = 0
    for byte in bytes.prefix(8).reversed() { value = value << 8 | UInt64(byte) }
    guard value >= 4096 else { return "" }
    return symbolic(Address(value))
  }
}

/// The text of single registers.
enum RegisterText {
  /// Returns `0x10`, or `0x246 [ PF ZF IF ]` for flags.
  static func value(_ bytes: [UInt8], of definition: RegisterDefinition) -> String {
    var digits = ""
    for byte in bytes.reversed() { digits += Hex.digits(of: UInt64(byte), width: 2) }
    let significant = digits.drop { $0 == "0" }
    let number = "0x" + (significant.isEmpty ? "0" : significant)
    guard definition.type == "i386_eflags" else { return number }
    var flags: UInt64 = 0
    for byte in bytes.prefix(8).reversed() { flags = flags << 8 | UInt64(byte) }
    return "\(number) \(names(of: flags))"
  }

  /// The names of the flags that are set, lowest bit first, as gdb prints them.
  static func names(of flags: UInt64) -> String {
    let known: [(UInt64, String)] = [
      (0, "CF"), (2, "PF"), (4, "AF"), (6, "ZF"), (7, "SF"), (8, "TF"), (9, "IF"), (10, "DF"),
      (11, "OF"), (14, "NT"), (16, "RF"), (17, "VM"), (18, "AC"), (19, "VIF"), (20, "VIP"),
      (21, "ID"),
    ]
    let set = known.filter { flags >> $0.0 & 1 == 1 }.map(\.1)
    return set.isEmpty ? "[ ]" : "[ " + set.joined(separator: " ") + " ]"
  }

  /// The group of a register where the description gives none.
  static func group(of definition: RegisterDefinition) -> String {
    if !definition.group.isEmpty { return definition.group }
    let name = definition.name
    if definition.size > 10 { return "vector" }
    if definition.size == 10 || name.hasPrefix("st") { return "float" }
    if name.hasPrefix("f") && name != "fs" && name != "fs_base" { return "float" }
    if name == "mxcsr" { return "vector" }
    if name.hasPrefix("cr") || name.hasPrefix("k_gs") || name == "efer" || name.hasSuffix("_base") {
      return "system"
    }
    return "general"
  }

  /// The little-endian bytes of a number.
  static func bytes(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
  }
}
