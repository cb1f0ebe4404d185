// Registers and locals.

internal import Bytes
internal import Canvas
internal import Session

/// The registers shown first: where execution is, then the stack.
private let firstRegisters = ["rip", "pc", "rsp", "sp", "rbp"]

/// Returns general registers first, and of them those that say where the thread is.
func orderedRegisters(_ snapshot: Snapshot) -> [RegisterSnapshot] {
  let registers = snapshot.registers
  let pinned = firstRegisters.compactMap { name in registers.first { $0.name == name } }
  let isPinned = Set(pinned.map(\.name))
  let general = registers.filter { $0.group == "general" && !isPinned.contains($0.name) }
  let rest = registers.filter { $0.group != "general" && !isPinned.contains($0.name) }
  return pinned + general + rest
}

/// How many registers stand beside each other in so many columns, and the room that each takes.
func registerColumns(_ registers: [RegisterSnapshot], columns: Int) -> (across: Int, column: Int) {
  // A column holds the longest name and any 64-bit value, so that nothing moves between stops.
  let column = registers.reduce(3) { max($0, min(9, width($1.name))) } + 22
  return (max(1, columns / column), column)
}

func registersPane(_ snapshot: Snapshot, columns: Int, _ view: ViewState) -> PaneContent {
  var pane = PaneContent(id: .registers, title: "Registers")
  let registers = orderedRegisters(snapshot)
  let changed = registers.count { $0.isChanged }
  pane.detail = changed > 0 ? "\(changed) changed *" : ""
  pane.placeholder = emptyNote(snapshot)
  pane.isFaded = isOld(snapshot)
  pane.context = "\(registers.count)"
  let (across, column) = registerColumns(registers, columns: columns)
  let names = column - 22
  pane.count = (registers.count + across - 1) / across
  let rows = pane.count
  // Which of a row the keys mean, while this pane has them.
  let chosen = view.focus == .registers && across > 1 ? min(view.registerColumn, across - 1) : nil
  let selected = pane.selectedIndex(view)
  pane.line = { index, columns in
    var spans: [Span] = []
    for place in 0..<across {
      // Down first, then across: related registers stay together.
      let number = place * rows + index
      guard number < registers.count else { continue }
      let register = registers[number]
      let isChosen = place == chosen && index == selected
      spans.append(Span(isChosen ? "▸" : " ", isChosen ? .current : .quiet))
      spans.append(Span(padded(register.name, names), .quiet))
      spans.append(Span(register.isChanged ? "*" : " ", register.isChanged ? .changed : .plain))
      spans.append(Span(register.value, register.isChanged ? .changed : .number))
      let room = across > 1 ? 19 : 10
      spans.append(Span(blanks(room - width(register.value))))
      if across == 1 || columns / across >= column + 12 {
        let note = across > 1 ? columns / across - column - 1 : 0
        spans.append(Span(" " + padded(register.note, note), .name))
      }
    }
    return PaneLine(spans: spans)
  }
  return pane
}

func localsPane(_ snapshot: Snapshot) -> PaneContent {
  var pane = PaneContent(id: .locals, title: "Locals")
  let variables = snapshot.locals
  pane.placeholder = snapshot.frames.isEmpty ? emptyNote(snapshot) : ["no variables known here"]
  pane.isFaded = isOld(snapshot)
  pane.count = variables.count
  pane.context = "\(snapshot.frames.first?.pc.value ?? 0) \(snapshot.selectedFrame)"
  let names = variables.reduce(4) { max($0, min(16, width($1.name))) }
  pane.line = { index, columns in
    let variable = variables[index]
    let isUnknown = variable.value.hasPrefix("<")
    return PaneLine(
      spans: [
        Span(variable.isArgument ? " arg " : "     ", .quiet),
        Span(padded(variable.name, names), .name),
        Span(" "), Span(variable.isChanged ? "*" : " ", variable.isChanged ? .changed : .plain),
        Span(variable.value, isUnknown ? .quiet : variable.isChanged ? .changed : .number),
      ],
      trailing: variable.type.isEmpty || columns < 30
        ? [] : [Span(tail(variable.type, columns / 3), .type)])
  }
  return pane
}
