/**
 * Streaming rules in CEL, decided at native speed inside the JVM.
 *
 * <p>A {@link dev.fishplate.RuleSet} is a compiled rule document; an {@link dev.fishplate.Engine}
 * is a rule set with its windows; an {@link dev.fishplate.Event} goes in and a {@link
 * dev.fishplate.Decision} comes out. What an engine remembers moves by event time alone ({@link
 * dev.fishplate.Engine#advanceTo}), and can be taken out and put back ({@link
 * dev.fishplate.Engine#snapshot()}). A {@link dev.fishplate.Session} is the same with an engine
 * elsewhere: in this process, through shared memory, or over gRPC.
 *
 * <p>Threads: every object of this package may be used from any number of threads at once, unless
 * its own page says otherwise. The library starts one daemon thread (a {@link
 * java.lang.ref.Cleaner} that frees what was never closed), one for each session that gives out
 * futures, and one for all sessions over gRPC; none keeps a JVM from exiting.
 *
 * <p>Errors: a refused call throws a {@link dev.fishplate.FishplateException}, whose text is made
 * once for all languages. A {@code null} argument is a {@link java.lang.NullPointerException}.
 */
package dev.fishplate;
