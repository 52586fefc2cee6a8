package dev.fishplate;

import java.time.Duration;

/** A program that leaves sessions open, with threads that wait for them, and ends. */
final class LeftOpen {
  private LeftOpen() {}

  /** The arguments: how to end ({@code return} or {@code exit}), and the addresses. */
  public static void main(String[] args) {
    Engine engine = Engine.open(Samples.rules());
    engine.share("payments");
    for (int at = 1; at < args.length; at++) {
      SessionOptions options = SessionOptions.builder().deadline(Duration.ofMinutes(5)).build();
      Session futures = Session.connect(args[at], options);
      futures.decideAsync(Samples.FIELDS).join();
      Session byHand = Session.connect(args[at], options);
      Thread waiting = new Thread(byHand::receive);
      waiting.setDaemon(args[0].equals("return"));
      waiting.start();
    }
    System.out.println("open " + LiveObjects.count(LiveObjects.Kind.SESSION));
    if (args[0].equals("exit")) {
      System.exit(7);
    }
  }
}
