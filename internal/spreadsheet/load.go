package spreadsheet

import (
	"context"
	"errors"
	"io"
	"time"

	"didops/internal/deadline"
	"didops/internal/fault"
)

// patience is how long a file may take to come to its end: long enough for
// another program that reads a whole market and writes it into a pipe.
const patience = 2 * time.Minute

// Load reads to its end what open returns, and closes it. What has more than
// [MaxBytes] is an Invalid fault, and so is what has no end within two minutes,
// be it a pipe that nobody writes to or a device: it is left behind. Open may
// hang as well. Errors of open and of reading are returned as they are.
func Load(ctx context.Context, open func() (io.ReadCloser, error)) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	data, err := deadline.Call(ctx, func() ([]byte, error) {
		from, err := open()
		if err != nil {
			return nil, err
		}
		defer func() { _ = from.Close() }()
		return io.ReadAll(io.LimitReader(from, MaxBytes+1))
	})
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, invalid("did not come to its end within %s", "two minutes").WithCause(err).
			WithHint("is anything written to it, and closed?")
	case errors.Is(err, context.Canceled):
		return nil, fault.New(fault.Unavailable, "was not read to its end: it was interrupted").WithCause(err)
	case err != nil:
		return nil, err
	case len(data) > MaxBytes:
		return nil, tooLarge()
	}
	return data, nil
}
