// A queue between two threads, with a descriptor so that the receiver can wait for it in `poll`.

internal import Glibc
internal import Synchronization

/// Messages from one thread to another, in order.
final class Mailbox<Message: Sendable>: Sendable {
  private let queue = Mutex<[Message]>([])
  /// Readable while there are messages.
  let descriptor: Int32
  private let bell: Int32

  init() {
    var ends: [Int32] = [-1, -1]
    _ = pipe(&ends)
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    descriptor = ends[0]
    bell = ends[1]
  }

  deinit {
    close(descriptor)
    close(bell)
  }

  /// Adds a message and wakes the receiver.
  func post(_ message: Message) {
    queue.withLock { $0.append(message) }
    var byte: UInt8 = 1
    _ = write(bell, &byte, 1)
  }

  /// Takes all messages there are.
  func takeAll() -> [Message] {
    var buffer = [UInt8](repeating: 0, count: 256)
    while read(descriptor, &buffer, buffer.count) > 0 {}
    return queue.withLock { messages in
      defer { messages = [] }
      return messages
    }
  }

  /// Takes the oldest message; `nil` if there is none.
  func take() -> Message? {
    let (message, isMore) = queue.withLock { messages in
      (messages.isEmpty ? nil : messages.removeFirst(), !messages.isEmpty)
    }
    var buffer = [UInt8](repeating: 0, count: 256)
    if !isMore { while read(descriptor, &buffer, buffer.count) > 0 {} }
    // One that came between the lock and the emptying must not lie there unannounced.
    if queue.withLock({ !$0.isEmpty }) {
      var byte: UInt8 = 1
      _ = write(bell, &byte, 1)
    }
    return message
  }
}
