// Source and disassembly.

internal import Bytes
internal import Canvas
internal import Inspect
internal import Session

func sourcePane(_ snapshot: Snapshot) -> PaneContent {
  var pane = PaneContent(id: .source, title: "Source")
  guard let source = snapshot.source else {
    pane.placeholder = noSource(snapshot)
    return pane
  }
  pane.title = "Source  " + baseName(source.path) + ":\(source.currentLine)"
  pane.detail = source.note
  pane.placeholder = [source.path + ":\(source.currentLine)", source.note]
  pane.count = source.lines.count
  pane.context = "\(source.path):\(source.currentLine)"
  // What stands in a file is true whatever the target does.
  pane.isFaded = isOld(snapshot) && !source.isVisited
  let first = max(0, source.firstLine)
  pane.position = { UInt64(first) &+ UInt64($0) }
  let current = source.currentLine &- source.firstLine
  pane.anchor = source.lines.indices.contains(current) ? current : nil
  let digits = max(3, "\(source.firstLine &+ source.lines.count)".utf8.count)
  let breakpoints = Set(source.breakpointLines)
  let language = SourceLanguage(path: source.path)
  let anchor = pane.anchor  // the closure must not hold the pane that holds it
  pane.line = { index, _ in
    let number = source.firstLine &+ index
    let isCurrent = index == anchor && !source.isVisited
    return PaneLine(
      spans: [
        Span(breakpoints.contains(number) ? "●" : " ", .breakpoint),
        Span(isCurrent ? "▸" : " ", .current),
        Span(aligned("\(number)", digits) + "  ", .quiet),
      ] + colored(source.lines[index], language),
      surface: isCurrent ? .currentLine : .base)
  }
  return pane
}

/// Says why there is no source, and what would help.
private func noSource(_ snapshot: Snapshot) -> [String] {
  guard !snapshot.frames.isEmpty else { return emptyNote(snapshot) }
  switch snapshot.symbols {
  case .none: return ["no symbols: attach --symbols FILE", "Disassembly and memory work without."]
  case .missing(let id):
    return [
      "no symbols for build \(id.hex.prefix(12))", "attach --symbols FILE gives them by hand",
    ]
  case .mismatched:
    return ["symbols are of another build", "attach --symbols FILE with the right ones"]
  case .matched, .unverified:
    return ["no line information here", "Select another frame to see its source."]
  }
}

func disassemblyPane(_ snapshot: Snapshot) -> PaneContent {
  var pane = PaneContent(id: .disassembly, title: "Disassembly")
  let code = snapshot.disassembly
  pane.count = code.count
  pane.anchor = code.firstIndex { $0.isCurrent }
  pane.placeholder = snapshot.frames.isEmpty ? emptyNote(snapshot) : ["no code could be read here"]
  pane.isFaded = isOld(snapshot)
  guard let first = code.first, let last = code.last else { return pane }
  pane.context = pane.anchor.map { code[$0].address.hex } ?? first.address.hex
  pane.position = { code[$0].address.value }
  if let anchor = pane.anchor, !code[anchor].location.isEmpty {
    pane.title = "Disassembly  " + code[anchor].location
  }
  let digits = last.address.hex.utf8.count
  let anchor = pane.anchor  // the closure must not hold the pane that holds it
  pane.line = { index, columns in
    let instruction = code[index]
    let isCurrent = index == anchor
    var spans = [
      Span(instruction.hasBreakpoint ? "●" : " ", .breakpoint),
      Span(isCurrent ? "▸" : " ", .current),
      Span(padded(instruction.address.hex, digits) + " ", .address),
    ]
    if columns >= 58 {
      spans.append(Span(padded(offset(instruction.location), 7), .quiet))
    }
    if columns >= 84 {
      spans.append(Span(padded(hexBytes(instruction.bytes), 24), .quiet))
    }
    let parts = instruction.text.split(separator: " ", maxSplits: 1)
    let mnemonic = parts.first.map(String.init) ?? ""
    spans.append(Span(padded(mnemonic, 7), .mnemonic))
    if parts.count > 1 {
      spans.append(Span(" " + parts[1].drop { $0 == " " || $0 == "\t" }, .plain))
    }
    return PaneLine(spans: spans, surface: isCurrent ? .currentLine : .base)
  }
  return pane
}

/// Returns `+12` of `main+12`.
private func offset(_ location: String) -> String {
  location.lastIndex(of: "+").map { String(location[$0...]) } ?? ""
}

private func hexBytes(_ bytes: [UInt8]) -> String {
  bytes.prefix(7).map { Hex.digits(of: UInt64($0), width: 2) }.joined(separator: " ")
    + (bytes.count > 7 ? " +" : "")
}
