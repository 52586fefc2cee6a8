package dev.fishplate;

/** A program that closes nothing and ends. */
final class Forgetful {
  private Forgetful() {}

  public static void main(String[] args) {
    Engine engine = Engine.open(Samples.rules());
    System.out.println(engine.decide(Samples.FIELDS).longOutput("score"));
  }
}
