internal import Bytes
internal import GDBRemote
internal import Testing

@Suite("Target descriptions")
struct DescriptionTests {
  /// Reads a description whose documents are given by name.
  private func read(_ documents: [String: String]) -> TargetDescriptionReader.Step {
    var reader = TargetDescriptionReader()
    var step = reader.started()
    for _ in 0..<100 {
      guard case .fetch(let name) = step else { return step }
      let text = documents[String(decoding: name, as: UTF8.self)] ?? ""
      step = reader.received(bytes(text), named: name)
    }
    Issue.record("asks for ever")
    return step
  }

  private func registers(_ documents: [String: String]) -> [RegisterDescription] {
    guard case .complete(let description) = read(documents) else { return [] }
    return description.registers
  }

  // Recorded from QEMU 7.2; gdb counts 608 bytes of registers in it.
  @Test("QEMU's own description reads as gdb reads it")
  func qemu() throws {
    let step = read([
      "target.xml": String(decoding: fixture("qemu-target.xml"), as: UTF8.self),
      "i386-64bit.xml": String(decoding: fixture("qemu-i386-64bit.xml"), as: UTF8.self),
    ])
    guard case .complete(let description) = step else {
      Issue.record("\(step)")
      return
    }
    #expect(description.architecture == "i386:x86-64")
    let registers = description.registers
    #expect(registers.map(\.number) == Array(0..<registers.count))
    #expect(registers.reduce(0) { $0 + $1.size } == 608)
    #expect(registers[0].name == "rax")
    #expect(registers[16].name == "rip")
    #expect(registers[16].type == "code_ptr")
    #expect(registers[17].name == "eflags")
    #expect(registers[17].size == 4)
    let flags = try #require(description.flagTypes.first { $0.name == registers[17].type })
    #expect(flags.fields.first { $0.name == "ZF" }?.start == 6)
    #expect(registers.contains { $0.name == "cr3" && $0.size == 8 })
    #expect(registers.first { $0.name == "xmm0" }?.size == 16)
    #expect(registers.first { $0.name == "st0" }?.size == 10)
  }

  @Test("registers count on across documents, and a number of their own moves the count")
  func numbering() {
    let found = registers([
      "target.xml": """
      <target><reg name="a" bitsize="64"/><xi:include href="b.xml"/>
      <reg name="c" bitsize="32" regnum="9"/><reg name='d' bitsize='8' group="float"/></target>
      """,
      "b.xml": "<!-- <reg name=\"no\"/> --><feature><reg name=\"b\" bitsize=\"128\"/></feature>",
    ])
    #expect(found.map(\.name) == ["a", "b", "c", "d"])
    #expect(found.map(\.number) == [0, 1, 9, 10])
    #expect(found.map(\.size) == [8, 16, 4, 1])
    #expect(found.map(\.group) == ["general", "general", "general", "float"])
  }

  @Test("only the five plain entities and characters are resolved; nothing expands")
  func entities() {
    let found = registers([
      "target.xml": """
      <!DOCTYPE t [<!ENTITY a "xxxx"><!ENTITY b "&a;&a;">]>
      <target><reg name="&lt;&amp;&#65;&#x42;&b;&#9999;" bitsize="8"/></target>
      """
    ])
    #expect(found.map(\.name) == ["<&AB&b;&#9999;"])
  }

  @Test(
    "what makes no sense is refused",
    arguments: [
      "<target><reg bitsize=\"8\"/></target>", "<reg name=\"a\" bitsize=\"0\"/>",
      "<reg name=\"a\" bitsize=\"99999999999999999999\"/>", "<reg name=\"a\" bitsize=\"7\"/>",
      "<reg name=\"a\" bitsize=\"1024\"/>", "<target", "<target a=b>", "<>", "<reg name=\"a",
      "</>",
    ])
  func refused(document: String) {
    guard case .failed = read(["target.xml": document]) else {
      Issue.record("not refused")
      return
    }
  }

  @Test("documents that include themselves or each other end")
  func cycles() {
    guard case .failed = read(["target.xml": "<xi:include href=\"target.xml\"/>"]) else {
      Issue.record("a document that includes itself")
      return
    }
    var documents: [String: String] = [:]
    let many = { (name: String) in String(repeating: "<xi:include href=\"\(name)\"/>", count: 500) }
    documents["target.xml"] = many("1")
    for level in 1..<7 { documents["\(level)"] = many("\(level + 1)") }
    documents["7"] = "<x/>"
    guard case .failed = read(documents) else {
      Issue.record("documents that multiply")
      return
    }
    var reader = TargetDescriptionReader()
    var step = reader.started()
    var count = 0
    while case .fetch(let name) = step {
      count += 1
      step = reader.received(bytes("<xi:include href=\"d\(count)\"/>"), named: name)
    }
    #expect(count <= TargetDescriptionReader.mostDocuments + 1)
  }

  @Test("threads come with their names, by attribute or by text")
  func threads() {
    let list = """
      <?xml version="1.0"?>
      <threads>
      <thread id="p1f.1f" core="3" name="main"/>
      <thread id="p1f.20" core="0">worker &lt;1&gt;</thread>
      <thread id="zz"/><thread/>
      </threads>
      """
    #expect(
      ThreadDescription.list(bytes(list)) == [
        ThreadDescription(id: RemoteThread(process: 31, thread: 31), name: bytes("main")),
        ThreadDescription(id: RemoteThread(process: 31, thread: 32), name: bytes("worker <1>")),
      ])
    #expect(ThreadDescription.list(bytes("<threads><")) == nil)
  }

  @Test("a memory map tells RAM from flash")
  func memoryMap() {
    let map = """
      <memory-map><memory type="ram" start="0x0" length="0x1000"/>
      <memory type="flash" start="0x4000000000" length="65536"><property name="blocksize">1
      </property></memory></memory-map>
      """
    #expect(
      MemoryDescription.map(bytes(map)) == [
        MemoryDescription(start: Address(0), size: 4096, kind: "ram"),
        MemoryDescription(start: Address(0x40_0000_0000), size: 65536, kind: "flash"),
      ])
  }
}
