internal import GDBRemote
internal import Testing

@Suite("The stub's tables, and what lldb asks beyond gdb's protocol")
struct StubTableTests {
  @Test("a table is XML of rows and columns, whole in parts of any size")
  func tables() {
    var talk = StubConversation()
    func document(_ annex: String, _ size: Int) -> String {
      var text = ""
      while text.utf8.count < 10_000 {
        let part = talk.ask(
          "qXfer:osdata:read:\(annex):\(String(text.utf8.count, radix: 16)),\(String(size, radix: 16))"
        )
        text += part[0].dropFirst()
        if part[0].hasPrefix("l") { return text }
      }
      return "without end"
    }
    #expect(talk.ask("qSupported")[0].split(separator: ";").contains("qXfer:osdata:read+"))
    let threads =
      "<osdata type=\"threads\"><item><column name=\"number\">1</column><column name=\"name\">core 0"
      + "</column></item><item><column name=\"number\">2</column><column name=\"name\">&lt;fiber> &amp; "
      + "&quot;co&quot;</column></item><item><column name=\"number\">31</column><column name=\"name\">t?"
      + "</column></item></osdata>"
    for size in [1, 7, 4096] { #expect(document("threads", size) == threads) }
    #expect(
      document("memory", 100).contains(
        "<column name=\"start\">0x1000</column><column name=\"bytes\">65536</column>"
          + "<column name=\"kind\">RAM</column>"))
    for name in ["threads", "memory"] {
      #expect(document("", 500).contains("<column name=\"Type\">\(name)</column>"))
    }
  }

  @Test("a thread named in a request about registers is that request's only")
  func suffixes() {
    var talk = StubConversation()
    talk.machine.values[15] = 0x0102_0304_0506_0708
    // Before lldb has said that it will, a semicolon is a mistake.
    #expect(talk.ask("pf;thread:2;") == ["E16"])
    #expect(talk.ask("QThreadSuffixSupported") == ["OK"])
    #expect(talk.ask("pf;thread:1;") == ["0807060504030201"])
    #expect(talk.ask("pf;thread:2;") == ["xxxxxxxxxxxxxxxx"])
    #expect(talk.ask("pf") == ["0807060504030201"])
    #expect(talk.ask("pf;thread:3;") == ["E03"])
    #expect(talk.ask("pf;thread:") == ["E03"])
    #expect(talk.ask("pf;") == ["E03"])
    #expect(talk.ask("Pf=1100000000000000;thread:1;") == ["OK"])
    #expect(talk.machine.values[15] == 0x11)
    #expect(talk.ask("g;thread:2;")[0] != talk.ask("g;thread:1;")[0])
    #expect(talk.ask("G2200000000000000;thread:1;") == ["OK"])
    #expect(talk.machine.values[0] == 0x22)
    // Another client has said nothing of the kind.
    talk.ask("qSupported")
    #expect(talk.ask("pf;thread:2;") == ["E16"])
  }

  @Test("lldb learns the machine and, in a stop reply, all threads")
  func machine() {
    var talk = StubConversation()
    let triple = "x86_64-unknown-none".utf8.map { String($0, radix: 16) }.joined()
    #expect(talk.ask("qHostInfo") == ["triple:\(triple);endian:little;ptrsize:8;"])
    #expect(talk.ask("qProcessInfo") == ["pid:1;triple:\(triple);endian:little;ptrsize:8;"])
    #expect(!talk.ask("?")[0].contains("threads:"))
    #expect(talk.ask("QListThreadsInStopReply") == ["OK"])
    #expect(talk.ask("?")[0].contains(";threads:1,2,1f;"))
    // Too many of them would cost a slow line more than they save.
    talk.machine.names = (1...65).map { (UInt64($0), "") }
    let told = talk.ask("?")[0]
    #expect(!told.contains("threads:") && told.contains(";10:"))
  }
}
