package mcp

import (
	"context"
	"log"
	"log/slog"
	"strings"

	"github.com/rs/zerolog"
)

// sessionPrefix begins every session id that is handed to a client, so that
// ids can be told from other text.
const sessionPrefix = "mcp-session-"

// discreet is a log handler for mcp-go's lines: they are of interest for
// debugging only, since the gate reports every call, and a session id, which
// is as good as a password to its session, is left out wherever it stands, and
// other secrets that a client sent are masked.
type discreet struct {
	slog.Handler
	mask func(string) string
}

// Enabled reports whether debug lines are written; errors always are.
func (d discreet) Enabled(ctx context.Context, level slog.Level) bool {
	return d.Handler.Enabled(ctx, lowered(level))
}

// Handle writes the record at its lowered level and without secrets.
func (d discreet) Handle(ctx context.Context, r slog.Record) error {
	out := slog.NewRecord(r.Time, lowered(r.Level), "mcp: "+d.mask(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		out.AddAttrs(d.redacted(a))
		return true
	})
	return d.Handler.Handle(ctx, out)
}

// WithAttrs returns a handler that adds the attributes to every record.
func (d discreet) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, 0, len(attrs))
	for _, a := range attrs {
		clean = append(clean, d.redacted(a))
	}
	return discreet{d.Handler.WithAttrs(clean), d.mask}
}

// WithGroup returns a handler that puts attributes into a group.
func (d discreet) WithGroup(name string) slog.Handler {
	return discreet{d.Handler.WithGroup(name), d.mask}
}

func lowered(level slog.Level) slog.Level {
	if level == slog.LevelInfo {
		return slog.LevelDebug
	}
	return level
}

func (d discreet) redacted(a slog.Attr) slog.Attr {
	text := a.Value.String()
	if strings.Contains(text, sessionPrefix) {
		return slog.String(a.Key, "[redacted]")
	}
	if masked := d.mask(text); masked != text {
		return slog.String(a.Key, masked)
	}
	return a
}

// httpLog is the log of an http.Server, which writes about connections that
// break; nobody needs to act on those.
func httpLog(l zerolog.Logger) *log.Logger {
	return log.New(debugLines{l}, "", 0)
}

type debugLines struct{ log zerolog.Logger }

// Write logs one line.
func (d debugLines) Write(p []byte) (int, error) {
	d.log.Debug().Msg("http: " + strings.TrimSpace(string(p)))
	return len(p), nil
}
