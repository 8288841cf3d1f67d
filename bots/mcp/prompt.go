package mcp

import (
	"context"
	"slices"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/render"
	"didops/internal/request"
	"didops/internal/sanitize"
	"didops/tools"
)

// maxBlank is how many characters of what fills a blank are taken.
const maxBlank = 200

// addPrompts offers what a person may begin a conversation with. It is words of
// theirs: nothing that sellers or requesters wrote is put into them. What is
// behind them is the program's, as a message of its own.
func (s *Server) addPrompts() {
	for _, t := range s.gate.Catalog().Tools() {
		for _, p := range t.Prompts() {
			if !t.Through(identity.FrontMCP) {
				continue
			}
			made := mcp.Prompt{Name: p.Name, Title: p.Title, Description: p.Summary, Icons: iconsOf(p.Icon)}
			for _, b := range p.Blanks {
				made.Arguments = append(made.Arguments, mcp.PromptArgument{Name: b.Name, Description: b.Summary})
			}
			s.mcp.AddPrompt(made, s.filledIn(p))
		}
	}
}

func (s *Server) filledIn(p tools.Prompt) server.PromptHandlerFunc {
	return func(ctx context.Context, req mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		filled := map[string]string{}
		for name, value := range req.Params.Arguments {
			if !slices.ContainsFunc(p.Blanks, func(b tools.Blank) bool { return b.Name == name }) {
				err := fault.New(fault.Invalid, "the prompt %s has no argument %s", p.Name, shown(s.gate.Masked(name)))
				if own := ownAnswerTo(ctx); own != nil {
					own.fail(err, mcp.INVALID_PARAMS)
				}
				return nil, err
			}
			filled[name] = sanitize.Clean(value, maxBlank)
		}
		texts := make([]string, 0, 2)
		err := s.boundary.Guard(ctx, "the prompt "+p.Name, func() error {
			texts = append(texts, p.Text(filled))
			if p.Now == nil {
				return nil
			}
			doc, err := p.Now(request.WithCaller(ctx, identity.Caller{Principal: callerOf(ctx).who, Frontend: identity.FrontMCP}))
			doc.Sandbox = s.gate.Sandboxed()
			texts = append(texts, render.Markdown(doc))
			return err
		})
		if err != nil {
			if own := ownAnswerTo(ctx); own != nil {
				own.fail(err, mcp.INTERNAL_ERROR)
			}
			return nil, err
		}
		var messages []mcp.PromptMessage
		for _, text := range texts {
			messages = append(messages, mcp.NewPromptMessage(mcp.RoleUser, mcp.NewTextContent(s.gate.Masked(text))))
		}
		return mcp.NewGetPromptResult(p.Summary, messages), nil
	}
}

// mayPrompt leaves the prompts whose operation the caller may call.
func (s *Server) mayPrompt(ctx context.Context, list []mcp.Prompt) []mcp.Prompt {
	who := callerOf(ctx).who
	return slices.DeleteFunc(slices.Clone(list), func(p mcp.Prompt) bool { return !s.prompts(who, p.Name) })
}

// prompts reports whether the caller is offered the prompt.
func (s *Server) prompts(who identity.Principal, name string) bool {
	return slices.ContainsFunc(s.gate.Tools(identity.FrontMCP, who), func(t *tools.Tool) bool {
		return slices.ContainsFunc(t.Prompts(), func(p tools.Prompt) bool { return p.Name == name })
	})
}

// CompletePromptArgument implements server.PromptCompletionProvider.
func (c completer) CompletePromptArgument(ctx context.Context, name string, arg mcp.CompleteArgument, _ mcp.CompleteContext) (*mcp.Completion, error) {
	for _, t := range c.s.gate.Catalog().Tools() {
		for _, p := range t.Prompts() {
			i := slices.IndexFunc(p.Blanks, func(b tools.Blank) bool { return b.Name == arg.Name && b.Param != "" })
			if p.Name == name && i >= 0 {
				return completion(c.s.gate.Complete(ctx, c.s.callFor(ctx, t, nil), p.Blanks[i].Param, arg.Value), arg.Value), nil
			}
		}
	}
	return completion(nil, ""), nil
}
