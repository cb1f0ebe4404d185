// The header of a line program, versions 2 to 5 (DWARF 5, section 6.2.4).

/// What a line program needs to know before its first opcode, and the files it names.
struct LineHeader {
  private(set) var program: ByteView
  private(set) var encoding = Encoding(version: 0, addressSize: 8, is64Bit: false)
  private(set) var minimumLength: UInt64 = 1
  private(set) var defaultIsStatement = true
  private(set) var lineBase: Int8 = 0
  private(set) var lineRange: UInt8 = 1
  private(set) var opcodeBase: UInt8 = 1
  private(set) var operandCounts: [UInt8] = []
  private var directories: [ByteView] = []
  private var files: [(name: ByteView, directory: UInt64)] = []
  /// For each file the first that has the same name and folder.
  private(set) var canonical: [UInt32] = []
  private let unitName: String

  /// Reads a header; what makes no sense yields an empty program.
  init(_ debug: DebugInfo, at offset: UInt64, unitName: String, budget: inout Int) {
    self.unitName = unitName
    program = ByteView(base: debug.lines.base, count: 0)
    var outer = ByteCursor(debug.lines, at: offset)
    guard let (length, is64Bit) = outer.initialLength(), let contents = outer.take(length) else {
      return
    }
    var cursor = ByteCursor(contents)
    let version = cursor.u16()
    guard (2...5).contains(version) else { return }
    var addressSize: UInt8 = 8
    if version == 5 {
      addressSize = cursor.u8()
      cursor.skip(1)
    }
    encoding = Encoding(version: version, addressSize: addressSize, is64Bit: is64Bit)
    let headerLength = cursor.offset(is64Bit: is64Bit)
    let start = UInt64(cursor.offset)
    minimumLength = UInt64(cursor.u8())
    if version >= 4 { cursor.skip(1) }
    defaultIsStatement = cursor.u8() != 0
    lineBase = Int8(bitPattern: cursor.u8())
    lineRange = cursor.u8()
    opcodeBase = cursor.u8()
    for _ in 1..<max(1, Int(opcodeBase)) { operandCounts.append(cursor.u8()) }
    guard !cursor.failed, lineRange > 0, opcodeBase > 0,
      let code = contents.slice(
        start &+ headerLength, UInt64(contents.count) &- (start &+ headerLength))
    else { return }
    if version == 5 {
      for entry in table(debug, &cursor, &budget) { directories.append(entry.name) }
      files = table(debug, &cursor, &budget)
    } else {
      readOldTables(&cursor, &budget)
    }
    nameCanonicalFiles()
    program = code
  }

  private mutating func readOldTables(_ cursor: inout ByteCursor, _ budget: inout Int) {
    let none = ByteView(base: program.base, count: 0)
    directories = [none]
    while budget > 0, let name = cursor.terminated(), name.count > 0 {
      directories.append(name)
      budget &-= 1
    }
    files = [(none, 0)]
    while budget > 0, let name = cursor.terminated(), name.count > 0 {
      files.append((name, cursor.uleb()))
      _ = cursor.uleb()
      _ = cursor.uleb()
      budget &-= 1
    }
  }

  /// Reads a table of folders or files of version 5.
  private func table(
    _ debug: DebugInfo, _ cursor: inout ByteCursor, _ budget: inout Int
  ) -> [(name: ByteView, directory: UInt64)] {
    let none = ByteView(base: debug.lines.base, count: 0)
    var formats: [(content: UInt64, form: UInt16)] = []
    for _ in 0..<cursor.u8() {
      formats.append((cursor.uleb(), UInt16(truncatingIfNeeded: cursor.uleb())))
    }
    let count = cursor.uleb()
    var entries: [(name: ByteView, directory: UInt64)] = []
    guard !formats.isEmpty else { return [] }
    while UInt64(entries.count) < count, !cursor.failed, !cursor.isAtEnd, budget > 0 {
      budget &-= 1
      var name = none
      var directory: UInt64 = 0
      for format in formats {
        let value = cursor.value(form: format.form, encoding, implicit: 0, unit: 0)
        if format.content == 1 {
          switch value.kind {
          case .inlineString: name = cursor.view.terminated(at: value.number, limit: 4096) ?? none
          case .string: name = debug.strings.terminated(at: value.number, limit: 4096) ?? none
          case .lineString:
            name = debug.lineStrings.terminated(at: value.number, limit: 4096) ?? none
          default: break
          }
        } else if format.content == 2 {
          directory = value.constant ?? 0
        }
      }
      entries.append((name, directory))
    }
    return entries
  }

  private mutating func nameCanonicalFiles() {
    var first: [String: UInt32] = [:]
    for (index, file) in files.enumerated() {
      let number = UInt32(truncatingIfNeeded: index)
      // Long names may be one text that many files share: telling those apart by place is enough.
      let name = file.name.count <= 256 ? file.name.text : "\(file.name.base)"
      let key = "\(file.directory)/\(name)"
      canonical.append(first[key, default: number])
      if first[key] == nil { first[key] = number }
    }
  }

  /// How many files the table has; file numbers are below.
  var fileCount: Int { files.count }

  /// The path of a file: its own name, behind its folder's, behind the compilation's.
  func path(_ file: UInt32, compilationDirectory: String) -> String? {
    guard Int(file) < files.count else { return nil }
    let entry = files[Int(file)]
    if encoding.version < 5 && file == 0 {
      return unitName.isEmpty ? nil : Self.join(compilationDirectory, unitName)
    }
    var folder = compilationDirectory
    if let index = Int(exactly: entry.directory), index < directories.count {
      folder = Self.join(compilationDirectory, directories[index].text)
    }
    return Self.join(folder, entry.name.text)
  }

  private static func join(_ folder: String, _ name: String) -> String {
    if name.utf8.first == 0x2f || folder.isEmpty { return name }
    if name.isEmpty { return folder }
    return folder.utf8.last == 0x2f ? folder + name : folder + "/" + name
  }
}
