package chat

import (
	"context"
	"slices"
	"strings"
	"time"

	"didops/tools"
)

const (
	suggestFor   = 30 * time.Second       // how long suggestions are kept
	suggestEvery = time.Second            // how often an operation is asked for somebody who goes on typing,
	suggestBurst = 5                      // beyond so many times at once
	answerWithin = 700 * time.Millisecond // how long somebody who types waits
	findFor      = 2 * time.Second        // how long an operation may look
	keptMost     = 1000                   // answers that are kept
)

// Suggest returns suggestions for what is being typed into a parameter of a
// command, named by its noun and verb with a space between. It goes by the
// same rights as the call: whoever may not call gets nothing suggested. The
// request needs no reply. It returns within a second.
func (s *Service) Suggest(ctx context.Context, r Request, command, param, partial string) []tools.Choice {
	who, err := s.admit(r.User)
	if err != nil {
		return nil
	}
	t := &session{Service: s, request: r, who: who}
	tool, ok := s.commands[command]
	if !ok || t.mayCall(tool) != nil {
		return nil
	}
	p, ok := tool.Param(param)
	if !ok || p.Type != tools.ParamString && p.Type != tools.ParamList {
		return nil
	}
	before := ""
	if p.Type == tools.ParamList { // what stands before the last comma stays
		end := strings.LastIndexByte(partial, ',') + 1
		before, partial = partial[:end], strings.TrimSpace(partial[end:])
	}
	return s.presentable(t.lookUp(ctx, tool, p, partial), before)
}

// complete asks an operation for suggestions; nothing comes of one that
// panics.
func (s *Service) complete(ctx context.Context, call tools.Call, param, partial string) (list []tools.Choice) {
	err := s.boundary().Guard(ctx, "suggestions", func() error {
		list = s.c.Gate.Complete(ctx, call, param, partial)
		return nil
	})
	if err != nil {
		return nil
	}
	return list
}

// presentable are suggestions as the chat takes them, behind what stays.
func (s *Service) presentable(list []tools.Choice, before string) []tools.Choice {
	var out []tools.Choice
	for _, c := range list {
		c.Value = before + c.Value
		if c.Value == "" || s.c.Limits.Size(c.Value) > s.c.Limits.Value || len(out) == s.c.Limits.Options {
			continue
		}
		if !slices.ContainsFunc(out, func(o tools.Choice) bool { return o.Value == c.Value }) {
			out = append(out, c)
		}
	}
	return out
}

// lookUp returns suggestions for what was typed: those known, or else those
// of the operation, if it is quick. What comes too late is there for the next
// letter.
func (t *session) lookUp(ctx context.Context, tool *tools.Tool, p tools.Param, partial string) []tools.Choice {
	s := t.suggestions
	key := asking{tool.Name().String(), p.Name, t.who.principal.ID, t.who.principal.Role}
	typed := strings.ToLower(strings.TrimSpace(partial))
	known, enough := s.known(key, typed)
	if enough {
		return known
	}
	arrived := make(chan []tools.Choice, 1)
	call, round := t.call(key.tool), s.begun()
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), findFor)
		defer cancel()
		list := t.complete(ctx, call, p.Name, partial)
		if ctx.Err() == nil && len(list) > 0 { // that there was nothing may be over with the next letter
			s.keep(round, key, typed, list)
		}
		arrived <- list
	}()
	timer := time.NewTimer(answerWithin)
	defer timer.Stop()
	select {
	case list := <-arrived:
		return list
	case <-timer.C:
		return known
	case <-ctx.Done():
		return nil
	}
}
