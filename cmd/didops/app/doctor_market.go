package app

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"didops/internal/config"
	"didops/internal/fault"
)

// memory checks what is remembered of the market. Nothing depends on it: where
// it can't be used, the exchange is asked every time.
func (e *doctor) memory(ctx context.Context, c *config.Config) {
	report, err := e.remembered(ctx, c)
	if err == nil && report.On && !shared(c) {
		err = writable(report.Place)
	}
	switch {
	case err != nil:
		message, remedy := "what is remembered of the market can't be used", ""
		if f, ok := fault.As(err); ok {
			message, remedy = f.Message, f.Hint
		}
		e.warn("market", remedy, "%s; the exchange is asked every time", message)
	case !report.On:
		e.ok("market", "nothing is remembered: [market] mirror is off")
	case report.Rows == 0:
		e.ok("market", "nothing is remembered yet; it will be in %s", report.Place)
	default:
		e.ok("market", "%s It is in %s", report.Summary, report.Place)
	}
}

// writable returns the fault of a file that is there and can't be written.
func writable(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return unremembered(path, err)
	}
	return file.Close()
}
