package watch

import (
	"context"

	"didops/internal/request"
	"didops/internal/risk"
	"didops/internal/view"
	"didops/tools"
)

// RemoveIn is what watch_remove takes.
type RemoveIn struct {
	Name string `json:"name" jsonschema_description:"Of one's own watch"`
}

// RemoveOut is what watch_remove returns.
type RemoveOut struct {
	tools.Envelope
	Name   string `json:"name" jsonschema:"-" quoted:"true"`
	Filter string `json:"filter" jsonschema:"-"`
}

func removeOperation(c Config) tools.Declaration {
	return tools.Operation[RemoveIn, RemoveOut]{
		Name:    name("remove"),
		Title:   "End a watch",
		Apart:   true,
		Summary: "End a watch: nothing more is told of it.",
		Hint:    "stop an alert for phone numbers that come up for sale",
		Risk:    risk.Local,
		Brief:   true,
		Run: func(ctx context.Context, in RemoveIn) (RemoveOut, error) {
			w, err := c.Watches.Remove(ctx, in.Name, request.Caller(ctx))
			return RemoveOut{Name: w.Name, Filter: w.About()}, err
		},
		View: func(_ RemoveIn, out RemoveOut) view.Doc {
			return view.Doc{Title: "Watch ended", Summary: view.Quoted(out.Name) + " (" + out.Filter + ") is watched no more."}
		},
		Complete: map[string]tools.Completer{"name": complete(c)},
	}
}
