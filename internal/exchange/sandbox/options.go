package sandbox

import (
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
)

// OffUnit is what the parameter "off" counts.
type OffUnit int

// The units that "off" may have.
const (
	OffRows  OffUnit = iota // rows, from 0
	OffPages                // pages from 0, of the size asked for or PageMost, whichever is less
)

// Paths is which of the exchange's two families of paths are served.
type Paths int

// The families of paths.
const (
	AllPaths  Paths = iota // both
	RESTPaths              // only /number/market and the like
	PHPPaths               // only /dids_market.php and the like
)

// Options says which market is served and how. The zero value is a market of
// 10,000 numbers whose state is kept in memory.
type Options struct {
	Seed        uint64           // the market: same seed and size, same rows
	Numbers     int              // size, 100 to 1,000,000; 0 = 10,000
	State       string           // SQLite file of what was bought, shared by processes; "" = in memory
	Login       string           // "" = "sandbox"
	Key         string           // "" = "sandbox"
	Digest      bool             // accept HTTP Digest besides signatures, and challenge what has neither
	PageMost    int              // most rows of one page, whatever is asked; 0 = 250
	OffUnit     OffUnit          // what "off" counts
	Paths       Paths            // which paths are served
	ListTypo    bool             // the REST list is served under /numbes/list instead of /number/list
	VerifyAfter time.Duration    // documents of a bought number count as verified after this; 0 = 10 minutes
	Window      time.Duration    // accepted distance of ts from the clock; 0 = 300 s
	Now         func() time.Time // nil = time.Now
	Control     bool             // serve /_sandbox/: for a loopback listener only
	Log         zerolog.Logger
}

// The bounds and the default of Options.Numbers.
const (
	LeastNumbers   = 100
	MostNumbers    = 1_000_000
	DefaultNumbers = 10_000
)

func (o Options) withDefaults() (Options, error) {
	o.Numbers = orElse(o.Numbers, DefaultNumbers)
	o.Login = orElse(o.Login, "sandbox")
	o.Key = orElse(o.Key, "sandbox")
	o.PageMost = orElse(o.PageMost, 250)
	o.VerifyAfter = orElse(o.VerifyAfter, 10*time.Minute)
	o.Window = orElse(o.Window, 300*time.Second)
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // the one place where the default is chosen
	}
	switch {
	case o.Numbers < LeastNumbers || o.Numbers > MostNumbers:
		return o, fmt.Errorf("a sandbox market has %d to %d numbers, not %d", LeastNumbers, MostNumbers, o.Numbers)
	case o.PageMost < 0 || o.VerifyAfter < 0 || o.Window < 0:
		return o, errors.New("the page size and the durations of a sandbox can't be negative")
	}
	return o, nil
}

// orElse returns v, or fallback where v is its type's zero.
func orElse[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}
