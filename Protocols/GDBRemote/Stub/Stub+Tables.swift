// qXfer:osdata: tables of what the instance has, which stock gdb shows with `info os` (gdb's manual,
// appendix G, "OS Information").

internal import Bytes

extension Stub {
  /// Writes the table `name`, or the list of tables for an empty name; false if there is none such.
  mutating func appendTable<T: StubTarget>(
    _ name: ArraySlice<UInt8>, _ target: T, to window: inout TransferWindow
  ) -> Bool {
    if name.isEmpty {
      window.append(text: "<osdata type=\"types\">")
      appendTableName("threads", "Cores, fibers and tasks", to: &window)
      appendTableName("memory", "Ranges of memory", to: &window)
    } else if name.equals(text: "threads") {
      window.append(text: "<osdata type=\"threads\">")
      appendThreadRows(target, to: &window)
    } else if name.equals(text: "memory") {
      window.append(text: "<osdata type=\"memory\">")
      appendMemoryRows(target, to: &window)
    } else {
      return false
    }
    window.append(text: "</osdata>")
    return true
  }

  private func appendTableName(
    _ name: String, _ words: String, to window: inout TransferWindow
  ) {
    window.append(text: "<item>")
    appendCell("Type", name, to: &window)
    appendCell("Description", words, to: &window)
    // The title is that of gdb's own lists of such tables.
    appendCell("Title", words, to: &window)
    window.append(text: "</item>")
  }

  private mutating func appendThreadRows<T: StubTarget>(
    _ target: T, to window: inout TransferWindow
  ) {
    var index = 0
    while let thread = target.thread(at: index) {
      window.append(text: "<item><column name=\"number\">")
      window.append(decimal: thread)
      window.append(text: "</column><column name=\"name\">")
      scratch.clear()
      target.appendName(of: thread, to: &scratch)
      window.append(attribute: scratch.prefix(256))
      window.append(text: "</column></item>")
      index += 1
    }
  }

  private func appendMemoryRows<T: StubTarget>(_ target: T, to window: inout TransferWindow) {
    var index = 0
    while let range = target.memory(at: index) {
      window.append(text: "<item><column name=\"start\">")
      window.append(hex: range.start.value)
      window.append(text: "</column><column name=\"bytes\">")
      window.append(decimal: range.size)
      window.append(text: "</column>")
      switch range.kind {
      case .ram: appendCell("kind", "RAM", to: &window)
      case .rom: appendCell("kind", "ROM", to: &window)
      case .flash: appendCell("kind", "flash", to: &window)
      }
      window.append(text: "</item>")
      index += 1
    }
  }

  private func appendCell(_ name: String, _ text: String, to window: inout TransferWindow) {
    window.append(text: "<column name=\"")
    window.append(text: name)
    window.append(text: "\">")
    window.append(text: text)
    window.append(text: "</column>")
  }
}
