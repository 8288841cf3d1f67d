// Package metrics counts what the program does, for Prometheus.
//
// It is the home of that library: other packages tell observer functions of
// theirs what happened, and this one counts. Where they don't say enough to
// tell the truth it asks at the scrape: how orders stand, and what happened to
// them in other processes, is read from the store, within a bounded time and
// not more often than every few seconds, however often somebody scrapes.
//
// Names begin with didops_, units are seconds and bare counts. Every label has
// a closed set of values, and what is not in it counts as "other": names that
// callers make up, numbers and texts can't become series.
package metrics
