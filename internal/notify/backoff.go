package notify

import "time"

const (
	// giveUpAfter is for how long an event is tried.
	giveUpAfter = 24 * time.Hour
	// longest is the longest time between two tries, jitter included.
	longest = 8 * time.Hour
)

// pauses are the times between tries; the last repeats.
func pauses() []time.Duration {
	return []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour}
}

// pause returns how long to wait after so many tries, a fifth more or less.
func pause(tries int, jitter float64) time.Duration {
	list := pauses()
	d := list[min(max(tries, 1), len(list))-1]
	return time.Duration(float64(d) * (0.8 + 0.4*jitter))
}
