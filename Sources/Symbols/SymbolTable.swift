// The image's symbol table, sorted once by address.

internal import Bytes

/// One symbol.
struct ELFSymbol {
  var address: UInt64
  var size: UInt64
  /// Where its name is in the string table.
  var name: UInt32
  var isFunction: Bool
  /// Higher for the symbol that people mean when several have one address.
  var rank: UInt8
}

/// Functions, labels and variables of an image.
final class SymbolTable {
  private let strings: ByteView
  /// Functions and labels of code, and everything else, each by address.
  let code: [ELFSymbol]
  let data: [ELFSymbol]
  private let image: ELFImage

  /// Reads `.symtab`, or `.dynsym` if that is missing; empty if the image has neither.
  init(_ image: ELFImage) {
    self.image = image
    let empty = ByteView(base: image.view.base, count: 0)
    guard
      let section = image.sections.first(where: { $0.type == 2 })
        ?? image.sections.first(where: { $0.type == 11 }),
      let table = image.contents(of: section), Int(section.link) < image.sections.count
    else {
      strings = empty
      code = []
      data = []
      return
    }
    strings = image.contents(of: image.sections[Int(section.link)]) ?? empty
    var code: [ELFSymbol] = []
    var data: [ELFSymbol] = []
    code.reserveCapacity(table.count / 24)
    for index in 0..<(table.count / 24) {
      let at = index &* 24
      let info = table.load(at &+ 4, as: UInt8.self)
      let sectionIndex = Int(table.load(at &+ 6, as: UInt16.self))
      let type = info & 15
      let name = table.load(at, as: UInt32.self)
      // Sections, files and undefined symbols name no place.
      guard type <= 2 || type == 10, sectionIndex != 0, name != 0 else { continue }
      let isAbsolute = sectionIndex >= 0xff00
      let address = table.load(at &+ 8, as: UInt64.self)
      let size = table.load(at &+ 16, as: UInt64.self)
      let binding = info >> 4
      let isFunction = type == 2 || type == 10
      let rank: UInt8 = (size > 0 ? 4 : 0) + (isFunction ? 2 : 0) + (binding == 1 ? 1 : 0)
      let symbol = ELFSymbol(
        address: address, size: size, name: name, isFunction: isFunction, rank: rank)
      let isCode =
        isAbsolute
        ? image.isCode(address)
        : sectionIndex < image.sections.count && image.sections[sectionIndex].isExecutable
      if isCode {
        code.append(symbol)
      } else if type != 10 && !isAbsolute {
        data.append(symbol)
      }
    }
    code.sort { ($0.address, $0.rank) < ($1.address, $1.rank) }
    data.sort { ($0.address, $0.rank) < ($1.address, $1.rank) }
    self.code = code
    self.data = data
  }

  /// The name of a symbol as the linker knows it.
  func name(_ symbol: ELFSymbol) -> String { strings.string(at: UInt64(symbol.name)) ?? "" }

  /// The address of the code symbol of a linkage name; looks at each.
  func address(named name: String) -> UInt64? {
    let wanted = Array(name.utf8)
    return code.first {
      strings.hasTerminated(wanted, at: UInt64($0.name))
    }?.address
  }

  /// The function or label that an address belongs to. One without a size reaches to the next.
  func codeSymbol(covering address: UInt64) -> ELFSymbol? {
    guard let index = Self.index(in: code, covering: address) else { return nil }
    return code[index]
  }

  /// The variable that an address belongs to.
  func dataSymbol(covering address: UInt64) -> ELFSymbol? {
    guard let index = Self.index(in: data, covering: address) else { return nil }
    return data[index]
  }

  /// Where a code symbol ends: by its size, or at the next symbol or the end of its section.
  func end(of symbol: ELFSymbol) -> UInt64 {
    if symbol.size > 0 { return symbol.address &+ symbol.size }
    let section =
      image.code.first { $0.contains(symbol.address) }?.high ?? symbol.address
    let next = code.partitioningIndex { $0.address > symbol.address }
    return next < code.count ? min(section, code[next].address) : section
  }

  private static func index(in table: [ELFSymbol], covering address: UInt64) -> Int? {
    var index = table.partitioningIndex { $0.address > address } &- 1
    // A symbol with a size that ends before the address may lie inside of a longer one.
    for _ in 0..<16 where index >= 0 {
      let symbol = table[index]
      if symbol.size == 0 || address &- symbol.address < symbol.size { return index }
      index &-= 1
    }
    return nil
  }
}
