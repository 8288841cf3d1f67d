package exchange

import (
	"context"
	"time"
)

// Histories is what the exchange remembers of the use of numbers. No more is
// read of it than what a count needs: which number, and when. Implementations
// are safe for concurrent use.
//
// Both methods stream and fail as those of [Reader] do. A row is given once,
// however often the pages show it. That a row is left out does not come under
// Unread: its number may be that of a stranger.
type Histories interface {
	// Calls reads the calls that began in a span of time, answered or not.
	Calls(ctx context.Context, q HistoryQuery, take func([]Used) error) (Reading, error)
	// Messages reads the messages that were sent in a span of time.
	Messages(ctx context.Context, q HistoryQuery, take func([]Used) error) (Reading, error)
}

// HistoryQuery is the part of a history that is asked for.
type HistoryQuery struct {
	From    time.Time // the first moment
	To      time.Time // the first moment that is not asked for any more
	MaxRows int       // stop after this many rows; 0 = no bound
	Until   time.Time // stop then; zero = when the exchange client's own deadline ends
}

// Used is one call or message.
type Used struct {
	Number string    // digits of the number called or written to; "" = none that could be bought
	At     time.Time // UTC; zero where the exchange does not say, but that it was in the span
}
