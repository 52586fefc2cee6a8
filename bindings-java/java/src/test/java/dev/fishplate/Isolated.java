package dev.fishplate;

import java.time.Duration;
import java.util.function.Function;

/** Sessions in a class loader of their own: what goes in is an address, what comes out is text. */
public final class Isolated implements Function<String, String>, AutoCloseable {
  private final RuleSet rules = Samples.rules();
  private final Engine engine = Engine.open(rules);

  @Override
  public String apply(String address) {
    if (address.equals("inproc:payments")) {
      engine.share("payments");
    }
    SessionOptions options = SessionOptions.builder().deadline(Duration.ofMinutes(5)).build();
    try (Session session = Session.connect(address, options)) {
      Decision decision = session.decideAsync(Samples.FIELDS).join();
      return decision.longOutput("score") + " " + LiveObjects.count(LiveObjects.Kind.SESSION);
    }
  }

  @Override
  public void close() {
    engine.close();
    rules.close();
  }
}
