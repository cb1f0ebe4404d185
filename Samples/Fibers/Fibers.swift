// Teaches fibers: blocking style on the event loop. Two cooks put dishes on a counter that has
// room for two; a waiter takes them off and is slow, so that now and then a cook has to wait. At
// the end the waiter lets a task - the async style - add up the bill, and waits for it.

import Kernel

@main
struct Fibers: Application {
  static let opening = System.now

  static func start() {
    let counter = Channel<Dish>(capacity: 2)
    let cooks = [
      Fiber.spawn("Ada") { cook("Ada", readyAt: [2, 4, 6], on: counter) },
      Fiber.spawn("Bo") { cook("Bo", readyAt: [3, 5], on: counter) },
    ]
    Fiber.spawn("manager") {
      for cook in cooks { cook.join() }
      counter.close()
    }
    Fiber.spawn("waiter") {
      let prices = serve(from: counter)
      let bill = Fiber.wait { await total(of: prices) }
      Console.write("The bill is \(bill).\n")
      System.powerOff()
    }
  }

  /// Deadlines, not spans: however busy the machine is, the dishes come in the same order.
  static func cook(_ name: StaticString, readyAt times: [UInt64], on counter: Channel<Dish>) {
    for time in times {
      Fiber.sleep(until: opening + .milliseconds(time))
      counter.send(Dish(cook: name, price: Int(time)))
    }
  }

  static func serve(from counter: Channel<Dish>) -> [Int] {
    var prices: [Int] = []
    while let dish = counter.receive() {
      Fiber.sleep(.milliseconds(5))
      Console.write("A dish by \(dish.cook) for \(dish.price).\n")
      prices.append(dish.price)
    }
    return prices
  }

  static func total(of prices: [Int]) async -> Int { prices.reduce(0, +) }
}

struct Dish {
  let cook: StaticString
  let price: Int
}
