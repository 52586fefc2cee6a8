package dev.fishplate;

/**
 * What an engine has done since it was opened. A snapshot.
 *
 * @param accepted events accepted
 * @param refused events refused
 * @param late accepted events that were late
 * @param repeated events whose id was seen before
 * @param matched accepted events that at least one live rule matched
 */
public record Counters(long accepted, long refused, long late, long repeated, long matched) {}
