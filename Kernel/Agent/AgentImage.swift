// The image that runs, as an ELF file written from memory: what its loader placed there, with the
// sections that a debugger looks for. It has no symbols; its build id leads to them. Variables have
// the values that they have now.

internal import Bytes
internal import CX86
internal import GDBRemote

enum AgentImage {
  /// A section by the numbers of the ELF specification.
  private struct Section {
    /// Where its name is in `names`.
    var name: UInt64
    var type: UInt64
    var flags: UInt64
    var address: UInt64
    var offset: UInt64
    var size: UInt64
  }

  /// Names of sections, each after a zero.
  private static var names: String { "\0.note.gnu.build-id\0.text\0.data\0.shstrtab\0" }
  private static var namesSize: UInt64 { 42 }

  /// Sections that there are: none, three of the image, the names.
  private static var count: UInt64 { 5 }
  private static var headerSize: UInt64 { 64 }

  /// Writes the file: memory from the image's first byte to the end of its data, of whose ELF header
  /// some fields are written anew, then names and section headers.
  static func write(to window: inout TransferWindow) {
    let start = x86_image_start()
    let end = x86_data_end()
    let length = end &- start
    let namesOffset = length
    let headersOffset = (namesOffset &+ namesSize &+ 7) & ~7

    // e_ident to e_version, and then e_entry; e_phoff is that of the one program header below.
    window.append(memory: Address(start), count: 0x20, read: AgentTarget.read)
    window.append(word: headerSize)
    window.append(word: headersOffset)
    window.append(word: 0, count: 4)
    window.append(word: headerSize, count: 2)
    window.append(word: 56, count: 2)
    window.append(word: 1, count: 2)
    window.append(word: headerSize, count: 2)
    window.append(word: count, count: 2)
    window.append(word: count &- 1, count: 2)
    // One segment, as if all had been loaded together: in the file it lies as in memory.
    window.append(word: 1 | 7 << 32)
    window.append(word: 0)
    window.append(word: start)
    window.append(word: start)
    window.append(word: length)
    window.append(word: x86_image_end() &- start)
    window.append(word: 4096)
    let written = Int(headerSize + 56)
    window.append(
      memory: Address(start &+ UInt64(written)), count: Int(length) - written,
      read: AgentTarget.read)

    window.append(text: names)
    for _ in (namesOffset &+ namesSize)..<headersOffset { window.append(0) }
    // SHT_NULL; SHT_NOTE, SHT_PROGBITS twice and SHT_STRTAB; SHF_WRITE 1, SHF_ALLOC 2,
    // SHF_EXECINSTR 4.
    for _ in 0..<8 { window.append(word: 0) }
    let note = x86_build_id_start()
    let text = x86_text_start()
    let data = x86_data_start()
    append(
      Section(
        name: 1, type: 7, flags: 2, address: note, offset: note &- start,
        size: x86_build_id_end() &- note), to: &window)
    append(
      Section(
        name: 20, type: 1, flags: 6, address: text, offset: text &- start,
        size: x86_text_end() &- text), to: &window)
    append(
      Section(
        name: 26, type: 1, flags: 3, address: data, offset: data &- start,
        size: end &- data), to: &window)
    append(
      Section(name: 32, type: 3, flags: 0, address: 0, offset: namesOffset, size: namesSize),
      to: &window)
  }

  private static func append(_ section: Section, to window: inout TransferWindow) {
    window.append(word: section.name | section.type << 32)
    window.append(word: section.flags)
    window.append(word: section.address)
    window.append(word: section.offset)
    window.append(word: section.size)
    window.append(word: 0)  // neither sh_link nor sh_info
    window.append(word: 4)
    window.append(word: 0)
  }
}
