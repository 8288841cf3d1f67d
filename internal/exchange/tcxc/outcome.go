package tcxc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/sanitize"
)

// namedUnreadable is how many rows a reading names in the log at warning
// level; the others are named at debug level.
const namedUnreadable = 20

// unreadTold is how many rows that are left out a reading tells by their digits.
const unreadTold = 50

// errEnd ends a reading that has come to the end of the list.
var errEnd = errors.New("end of list")

// errBound ends a reading that has met a row beyond its bound.
var errBound = errors.New("more rows than asked for")

// takeError is an error of the consumer, returned as it was.
type takeError struct{ err error }

func (e *takeError) Error() string { return e.err.Error() }

// leaveOut counts and names rows that could not be understood; it returns how
// many of them were met for the first time.
func (r *reading[T]) leaveOut(bad []unreadable) int {
	n := 0
	for _, u := range bad {
		if !r.known.add(u.key) {
			continue
		}
		n++
		if u.digits != "" && len(r.result.Unread) < unreadTold {
			r.result.Unread = append(r.result.Unread, u.digits)
		}
		level := zerolog.DebugLevel
		if r.result.Unreadable+n <= namedUnreadable {
			level = zerolog.WarnLevel
		}
		r.c.opt.Log.WithLevel(level).Str("operation", r.source.op.method().name).EmbedObject(u).Msg("row left out: not understood")
	}
	r.result.Unreadable += n
	return n
}

// mention logs fields that were left out of rows that are otherwise good.
func (r *reading[T]) mention(odd []unreadable) {
	for _, u := range odd {
		r.c.opt.Log.Debug().Str("operation", r.source.op.method().name).EmbedObject(u).Msg("field left out: not understood")
	}
}

// MarshalZerologObject names the row in a log line.
func (u unreadable) MarshalZerologObject(e *zerolog.Event) {
	e.Str("number", sanitize.Clean(u.digits, 20)).Str("i_did", sanitize.Clean(u.id, 20)).Str("field", u.field)
}

// summarize logs how many rows were left out where not all were named.
func (r *reading[T]) summarize() {
	if n := r.result.Unreadable; n > namedUnreadable {
		r.c.opt.Log.Warn().Str("operation", r.source.op.method().name).Int("rows", n).
			Msg("rows left out in all; those not named are at debug level")
	}
}

// conclude turns the way a reading ended into its result.
func (r *reading[T]) conclude(caller, limited context.Context, err error) (exchange.Reading, error) {
	taken, stopped := errors.AsType[*takeError](err)
	switch {
	case stopped:
		return r.result, taken.err
	case errors.Is(err, errEnd):
		return r.ended(), nil
	case errors.Is(err, errBound):
		r.result.Bounded = true
		r.result.Reason = fmt.Sprintf("stopped at %s; there are more", r.counted())
		return r.result, nil
	case errors.Is(err, errMisled):
		r.result.Reason = `"off" does not count rows here, so rows may be missing: set [exchange] paging = "pages"`
		return r.result, nil
	case caller.Err() != nil:
		return r.result, caller.Err()
	case r.result.Rows == 0:
		return r.result, r.nothing(limited, err)
	case limited.Err() != nil:
		r.result.Reason = fmt.Sprintf("stopped after %s, %s read", seconds(r.within), r.counted())
	default:
		r.result.Reason = fmt.Sprintf("broke off after %s: %s", r.counted(), asFault(err).Message)
	}
	return r.result, nil
}

// ended is the result of a reading that came to the end.
func (r *reading[T]) ended() exchange.Reading {
	r.result.End = true
	switch n := r.result.Unreadable; n {
	case 0:
		r.result.Complete = true
	case 1:
		r.result.Reason = "one row could not be understood and was left out"
	default:
		r.result.Reason = fmt.Sprintf("%d rows could not be understood and were left out", n)
	}
	return r.result
}

// nothing is the error of a reading that broke off before its first row.
func (r *reading[T]) nothing(limited context.Context, err error) error {
	if _, ok := fault.As(err); !ok && limited.Err() != nil {
		return fault.New(fault.Unavailable, "the exchange sent no page within %s", seconds(r.within)).
			WithHint("set [exchange] read_deadline higher").WithCause(err)
	}
	return fmt.Errorf("read %s: %w", r.source.op.method().name, asFault(err))
}

// counted says how many rows were taken.
func (r *reading[T]) counted() string {
	what := "number"
	if r.source.op.schema().use {
		what = "row"
	}
	if r.result.Rows == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", r.result.Rows, what)
}

func seconds(d time.Duration) string {
	if d == time.Second {
		return "1 second"
	}
	return fmt.Sprintf("%g seconds", d.Round(100*time.Millisecond).Seconds())
}
