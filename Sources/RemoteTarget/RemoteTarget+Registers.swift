internal import Bytes
internal import GDBRemote
public import Inspect

extension RemoteTarget {
  public func readRegisters(of thread: ThreadID) throws(InspectError) -> RegisterFile {
    try requireStopped()
    let definitions = profile.registers
    guard !definitions.isEmpty else {
      throw .unsupported("the target does not describe its registers")
    }
    let selection = selectionRequests(remoteThread(thread))
    let answers = try connection.exchange(selection + [.readRegisters])
    try noteSelection(of: remoteThread(thread), answers.dropLast().first)
    guard let answer = answers.last else { throw .lost("no answer") }
    if let text = answer.errorText { throw .refusal(answer, or: text, about: "registers: ") }
    var values = answer.registers(sizes: definitions.map(\.size))
    // Registers beyond the end of `g` are asked for one by one, in one flight.
    let covered = Self.covered(by: answer, sizes: definitions.map(\.size))
    if covered < definitions.count {
      let single = try connection.exchange(
        definitions[covered...].map { .readRegister($0.number) })
      for (offset, answer) in single.enumerated() where !answer.isError {
        let index = covered + offset
        values[index] = answer.registers(sizes: [definitions[index].size]).first ?? nil
      }
    }
    return RegisterFile(definitions: definitions, values: values)
  }

  public func writeRegister(
    _ name: String, bytes: [UInt8], of thread: ThreadID
  ) throws(InspectError) {
    try requireStopped()
    guard let definition = profile.registers.first(where: { $0.name == name }) else {
      throw .unsupported("no register \(name)")
    }
    guard bytes.count == definition.size else {
      throw .unsupported("\(name) has \(definition.size) bytes")
    }
    let remote = remoteThread(thread)
    let selection = selectionRequests(remote)
    let answers = try connection.exchange(
      selection + [.writeRegister(definition.number, bytes: bytes)])
    try noteSelection(of: remote, answers.dropLast().first)
    cache.drop()
    guard let answer = answers.last, answer.isOK else {
      if answers.last?.isUnsupported == true { return try writeAmongAll(definition, bytes) }
      throw .refusal(answers.last, or: "\(name) cannot be written")
    }
  }

  /// Writes a register of the selected thread where the stub knows `G` but not `P`, as gdbserver:
  /// all are read, and written back with one changed.
  private func writeAmongAll(
    _ definition: RegisterDefinition, _ bytes: [UInt8]
  ) throws(InspectError) {
    let sizes = profile.registers.map(\.size)
    let unwritable = InspectError.unsupported(
      "the target does not let \(definition.name) be written")
    guard let index = profile.registers.firstIndex(where: { $0.name == definition.name }),
      let answer = try connection.exchange([.readRegisters]).first, answer.errorText == nil,
      index < Self.covered(by: answer, sizes: sizes),
      // What has no value now cannot be given back.
      var all = Hex.decode(answer.payload)
    else { throw unwritable }
    let start = sizes[..<index].reduce(0, +)
    all.replaceSubrange(start..<start + bytes.count, with: bytes)
    guard let written = try connection.exchange([.writeRegisters(all)]).first,
      !written.isUnsupported
    else { throw unwritable }
    guard written.isOK else {
      throw .refusal(written, or: "\(definition.name) cannot be written")
    }
  }

  /// The program counter of a thread, by `p` alone; `nil` if it cannot be told.
  func programCounter(of thread: RemoteThread) throws(InspectError) -> Address? {
    let name = profile.architecture == .x86_64 ? "rip" : "pc"
    guard let definition = profile.registers.first(where: { $0.name == name }) else { return nil }
    let selection = selectionRequests(thread)
    let answers = try connection.exchange(selection + [.readRegister(definition.number)])
    try noteSelection(of: thread, answers.dropLast().first)
    guard let bytes = answers.last?.registers(sizes: [definition.size]).first ?? nil else {
      return nil
    }
    var value: UInt64 = 0
    for byte in bytes.prefix(8).reversed() { value = value << 8 | UInt64(byte) }
    return Address(value)
  }

  /// What must be sent before a request about a thread: nothing if it is selected already.
  func selectionRequests(_ thread: RemoteThread) -> [Request] {
    selectedThread == thread ? [] : [.selectThread(thread)]
  }

  /// Notes what the stub said to a selection.
  func noteSelection(of thread: RemoteThread, _ answer: Answer?) throws(InspectError) {
    guard let answer else { return }
    guard answer.isOK else {
      selectedThread = nil
      throw .refused("no thread \(thread.thread)")
    }
    selectedThread = thread
  }

  /// How many registers an answer to `g` covers.
  private static func covered(by answer: Answer, sizes: [Int]) -> Int {
    var position = 0
    for (index, size) in sizes.enumerated() {
      position += 2 * size
      if position > answer.payload.count { return index }
    }
    return sizes.count
  }
}
