// What the command line's words mean: targets, networks, forwards, QEMU's arguments.

import Launcher
import Testing

@Suite("Command line")
struct CommandLineTests {
  @Test(
    "a TARGET is read as the contract's grammar says",
    arguments: [
      ("demo", TargetName.instance("demo")),
      ("qemu:localhost:1234", .qemu(.tcp(host: "localhost", port: 1234))),
      ("qemu::1234", .qemu(.tcp(host: "localhost", port: 1234))),
      ("qemu:1234", .qemu(.tcp(host: "localhost", port: 1234))),
      ("qemu:/run/gdb", .qemu(.unix(path: "/run/gdb"))),
      ("qemu:gdb.socket", .qemu(.unix(path: "gdb.socket"))),
      ("gdb:[::1]:99", .gdb(.tcp(host: "::1", port: 99))),
      ("gdb:./a:1", .gdb(.unix(path: "./a:1"))),
      ("tcp:10.0.0.2:7", .agent(.tcp(host: "10.0.0.2", port: 7))),
      ("unix:s", .agent(.unix(path: "s"))),
      ("serial:/dev/ttyS0", .serial(device: "/dev/ttyS0", baud: 115_200)),
      ("serial:/dev/ttyS0@9600", .serial(device: "/dev/ttyS0", baud: 9600)),
      ("core:x", .core(path: "x")), ("recording:a:b", .recording(path: "a:b")),
    ])
  func targets(text: String, target: TargetName) throws {
    #expect(try TargetName.parse(text) == target)
  }

  @Test(
    "a malformed TARGET is a usage error",
    arguments: [
      "", "a b", "-x", "../x", "a/b", "qemu:", "gdb:", "tcp:host", "tcp:", "unix:", "serial:",
      "serial:x@0", "serial:x@fast", "serial:x@", "core:", "recording:", "quemu:1", "x:y",
      "a234567890123456789012345678901234567890",
    ])
  func malformed(text: String) {
    let error = #expect(throws: LaunchError.self) { try TargetName.parse(text) }
    #expect(error?.kind == .usage)
  }

  @Test("a TARGET's description reads back as the same target")
  func descriptions() throws {
    for text in ["demo", "qemu:h:1", "gdb:[::1]:99", "tcp:h:7", "unix:/s", "serial:/d@9600"] {
      #expect(try TargetName.parse(text).description == text)
    }
  }

  @Test("a wrong prefix gets a hint")
  func prefixHint() {
    let error = #expect(throws: LaunchError.self) { try TargetName.parse("qmeu:1") }
    #expect(error?.message.contains("did you mean qemu?") == true)
  }

  @Test(
    "near words are found and far ones are not",
    arguments: [
      ("helo", "Hello"), ("HELLO", "Hello"), ("hartbeat", "Heartbeat"), ("heart", "Heartbeat"),
      ("ehllo", "Hello"), ("webserver", nil), ("x", nil), ("", nil),
    ])
  func suggestions(word: String, expected: String?) {
    #expect(Suggestion.nearest(to: word, among: ["Hello", "Heartbeat"]) == expected)
  }

  @Test("networks and forwards are read, and nothing else is")
  func networks() {
    #expect(NetworkAttachment.parse("none") == .some(.none))
    #expect(NetworkAttachment.parse("user") == .user)
    #expect(NetworkAttachment.parse("tap:tap0") == .tap(interface: "tap0"))
    #expect(NetworkAttachment.parse("dgram:/p:q") == .datagram(path: "/p:q"))
    for text in ["", "tap:", "dgram:", "bridge", "User"] {
      #expect(NetworkAttachment.parse(text) == nil)
    }
    #expect(PortForward.parse("8080:80") == PortForward(host: 8080, guest: 80))
    for text in ["", "80", "a:80", "80:", ":80", "0:80", "80:0", "70000:80", "1:2:3"] {
      #expect(PortForward.parse(text) == nil)
    }
  }

  @Test("every option appears in QEMU's arguments, and a comma in a path cannot add one")
  func arguments() {
    var guest = GuestConfiguration(image: "/i,mage")
    guest.memory = 17
    guest.isCountingInstructions = true
    guest.network = .user
    guest.forwards = [PortForward(host: 8080, guest: 80)]
    guest.disk = "/d,format=qcow2"
    guest.onPanic = .exit
    guest.arguments = ["a=b", "c"]
    let arguments = QEMU.arguments(guest, in: "/run,x")
    func value(_ option: String, containing text: String) -> Bool {
      zip(arguments, arguments.dropFirst()).contains { $0 == option && $1.contains(text) }
    }
    #expect(value("-m", containing: "17M"))
    #expect(value("-icount", containing: "shift=0"))
    #expect(value("-accel", containing: "tcg"))
    #expect(value("-netdev", containing: "hostfwd=tcp:127.0.0.1:8080-:80"))
    #expect(value("-netdev", containing: "hostfwd=udp:127.0.0.1:8080-:80"))
    #expect(value("-device", containing: "virtio-net-device,netdev=net0"))
    #expect(value("-drive", containing: "file=/d,,format=qcow2"))
    #expect(value("-object", containing: "mem-path=/run,,x/ram"))
    #expect(value("-kernel", containing: "/i,mage"))
    #expect(value("-append", containing: "a=b c"))
    #expect(value("-action", containing: "panic=exit-failure"))
    #expect(value("-chardev", containing: "logfile=/run,,x/console.log"))
    guest.machine = .q35
    #expect(QEMU.arguments(guest, in: "/r").contains { $0.hasPrefix("virtio-net-pci,") })
  }

  @Test("an argument that is not plain is quoted for the guest's command line")
  func quoting() throws {
    var guest = GuestConfiguration(image: "/k")
    guest.arguments = ["plain=1", "two words", "", #"say "hi""#, #"C:\x"#, "größe"]
    let arguments = QEMU.arguments(guest, in: "/r")
    let at = try #require(arguments.firstIndex(of: "-append"))
    #expect(
      arguments[at + 1] == #"plain=1 "two words" "" "say \"hi\"" "C:\\x" "größe""#)
  }

  @Test("the registry's folder follows the XDG variables, and relative values do not count")
  func folders() {
    func folder(_ variables: [String: String]) -> String { XDG.registry { variables[$0] } }
    #expect(folder(["XDG_RUNTIME_DIR": "/run/user/0/", "HOME": "/h"]) == "/run/user/0/porthole")
    #expect(folder(["XDG_STATE_HOME": "/s", "HOME": "/h"]) == "/s/porthole/run")
    #expect(folder(["XDG_RUNTIME_DIR": "x", "HOME": "/h"]) == "/h/.local/state/porthole/run")
  }
}
