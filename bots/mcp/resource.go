package mcp

import (
	"context"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/render"
	"didops/tools"
)

const (
	// scheme begins the address of every resource; its kind and its value follow.
	scheme = "didops://"

	markdown = "text/markdown"

	// maxCompletions is how many values a completion may have (schema.ts).
	maxCompletions = 100
)

// addResources offers what has an address, and who may read it may have it
// completed.
func (s *Server) addResources() {
	for _, t := range s.gate.Catalog().Tools() {
		r := t.Resource()
		if r == nil || !t.Through(identity.FrontMCP) {
			continue
		}
		s.mcp.AddResourceTemplate(mcp.NewResourceTemplate(templateOf(r), r.Kind,
			mcp.WithTemplateTitle(r.Title), mcp.WithTemplateDescription(r.Summary), mcp.WithTemplateMIMEType(markdown),
			mcp.WithTemplateIcons(iconsOf(r.Icon)...),
		), s.reader(t))
		// A plus is no part of a value in the template's grammar, and yet
		// numbers are written with one.
		s.mcp.AddResourceTemplate(mcp.NewResourceTemplate(plusTemplateOf(r), r.Kind), s.reader(t))
	}
}

// templateOf returns the address of a resource as RFC 6570 writes it.
func templateOf(r *tools.Resource) string {
	name := r.Var
	if name == "" {
		name = r.Param
	}
	return scheme + r.Kind + "/{" + name + "}"
}

func plusTemplateOf(r *tools.Resource) string { return scheme + r.Kind + "/+{value}" }

// reader reads a resource: a call of its operation, by who reads, which is
// counted, refused and logged as any other, and shows what it shows. What goes
// wrong has the code of the protocol's era.
func (s *Server) reader(t *tools.Tool) server.ResourceTemplateHandlerFunc {
	return func(ctx context.Context, req mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		ctx = s.gate.Begin(ctx)
		var out tools.Result
		text := ""
		err := s.boundary.Guard(ctx, "a read of "+t.Resource().Kind, func() (err error) {
			value, err := valueOf(t.Resource(), req.Params.URI)
			if err != nil {
				return err
			}
			args, err := json.Marshal(map[string]string{t.Resource().Param: value})
			if err != nil {
				return err
			}
			if out, err = s.gate.Call(ctx, s.callFor(ctx, t, args)); err == nil {
				text = render.Markdown(out.Doc)
			}
			return err
		})
		if err != nil {
			if own := ownAnswerTo(ctx); own != nil {
				own.fail(err, noResource(server.IsModernRequest(ctx)))
			}
			return nil, err
		}
		return []mcp.ResourceContents{mcp.TextResourceContents{URI: req.Params.URI, MIMEType: markdown, Text: text}}, nil
	}
}

// noResource is the code of what is not there, by the era.
func noResource(modern bool) int {
	if modern {
		return mcp.INVALID_PARAMS
	}
	return mcp.RESOURCE_NOT_FOUND
}

// readable reports whether an address is one of ours, whatever it leads to.
// mcp-go would repeat any other.
func (s *Server) readable(uri string) bool {
	if uri == viewURI {
		return true // for whom, see addView
	}
	return slices.ContainsFunc(s.gate.Catalog().Tools(), func(t *tools.Tool) bool {
		r := t.Resource()
		if r == nil || !t.Through(identity.FrontMCP) {
			return false
		}
		value, ok := strings.CutPrefix(uri, scheme+r.Kind+"/")
		return ok && addressValue.MatchString(value)
	})
}

// addressValue is what a value in an address looks like: what our templates
// match.
var addressValue = regexp.MustCompile(`^\+?(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+$`)

// callFor is a call of an operation for the caller of a request, which nobody is
// asked about.
func (s *Server) callFor(ctx context.Context, t *tools.Tool, args json.RawMessage) tools.Call {
	who := callerOf(ctx).who
	who.Client, who.Elicits = s.program(ctx), false
	return tools.Call{Tool: t.Name().String(), Args: args, Frontend: identity.FrontMCP, Principal: who}
}

// valueOf returns the value in the address of a resource.
func valueOf(r *tools.Resource, uri string) (string, error) {
	value, err := url.PathUnescape(strings.TrimPrefix(uri, scheme+r.Kind+"/"))
	if err != nil || value == "" {
		return "", fault.New(fault.Invalid, "the address ends in no value that can be read")
	}
	return value, nil
}

// listResources puts into the list of resources the ones that are worth a look,
// as the operations suggest them to the caller.
func (s *Server) listResources(ctx context.Context, _ any, _ *mcp.ListResourcesRequest, result *mcp.ListResourcesResult) {
	result.Resources = slices.DeleteFunc(result.Resources, func(r mcp.Resource) bool { return r.URI == viewURI })
	for _, t := range s.gate.Catalog().Tools() {
		r := t.Resource()
		if r == nil || !r.Listed {
			continue
		}
		for _, c := range s.gate.CompleteResource(ctx, s.callFor(ctx, t, nil), "") {
			result.Resources = append(result.Resources, mcp.NewResource(scheme+r.Kind+"/"+url.PathEscape(c.Value), c.Value,
				mcp.WithResourceTitle(strings.TrimSpace(c.Value+" "+c.Label)), mcp.WithMIMEType(markdown)))
		}
	}
}

// listTemplates takes out of the list what the caller may not read, and what is
// there for the sake of a plus.
func (s *Server) listTemplates(ctx context.Context, _ any, _ *mcp.ListResourceTemplatesRequest, result *mcp.ListResourceTemplatesResult) {
	who := callerOf(ctx).who
	offered := map[string]bool{}
	for _, t := range s.gate.Tools(identity.FrontMCP, who) {
		if r := t.Resource(); r != nil {
			offered[templateOf(r)] = true
		}
	}
	result.ResourceTemplates = slices.DeleteFunc(result.ResourceTemplates, func(t mcp.ResourceTemplate) bool { return !offered[t.URITemplate.Raw()] })
}

// completer suggests values for addresses and prompts.
type completer struct{ s *Server }

// CompleteResourceArgument implements server.ResourceCompletionProvider.
func (c completer) CompleteResourceArgument(ctx context.Context, uri string, arg mcp.CompleteArgument, _ mcp.CompleteContext) (*mcp.Completion, error) {
	for _, t := range c.s.gate.Catalog().Tools() {
		if r := t.Resource(); r != nil && templateOf(r) == uri {
			return completion(c.s.gate.CompleteResource(ctx, c.s.callFor(ctx, t, nil), arg.Value), arg.Value), nil
		}
	}
	return completion(nil, ""), nil
}

// completion is suggestions on the wire. Clients hold them against what was
// typed: where that has no plus, they have none.
func completion(list []tools.Choice, typed string) *mcp.Completion {
	out := &mcp.Completion{Values: []string{}, Total: len(list), HasMore: len(list) > maxCompletions}
	for _, c := range list[:min(len(list), maxCompletions)] {
		if bare := strings.TrimPrefix(c.Value, "+"); typed != "" && !strings.HasPrefix(c.Value, typed) && strings.HasPrefix(bare, typed) {
			c.Value = bare
		}
		out.Values = append(out.Values, c.Value)
	}
	return out
}
