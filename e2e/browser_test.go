package e2e

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// screenshots names a folder in which each page is kept as a picture, for people.
var screenshots = os.Getenv("ROLLCALL_TEST_SCREENSHOTS")

// browser starts a real Chromium for the time of a test.
func browser(t *testing.T) context.Context {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 90*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// visit is what a page asked for and complained about.
type visit struct {
	mu         sync.Mutex
	hosts      map[string]bool
	complaints []string
}

func watch(t *testing.T, ctx context.Context) *visit {
	t.Helper()
	v := &visit{hosts: map[string]bool{}}
	err := chromedp.Listen(ctx, func(event any) {
		v.mu.Lock()
		defer v.mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if u, err := url.Parse(e.Request.URL); err == nil && u.Scheme != "data" && u.Scheme != "blob" {
				v.hosts[u.Host] = true
			}
		case *log.EventEntryAdded:
			if e.Entry.Level == log.EntryLevelError {
				v.complaints = append(v.complaints, e.Entry.Text)
			}
		case *runtime.EventExceptionThrown:
			v.complaints = append(v.complaints, e.ExceptionDetails.Text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// look is a screen to look at a page with.
type look struct {
	name          string
	width, height int64
	scheme        string
}

var looks = []look{
	{"desktop-light", 1440, 900, "light"}, {"desktop-dark", 1440, 900, "dark"},
	{"phone-light", 390, 844, "light"}, {"phone-dark", 390, 844, "dark"},
}

// at opens a page on this screen and waits until it shows text.
func (l look) at(ctx context.Context, address, text string) error {
	screen := emulation.SetDeviceMetricsOverrideParams{Width: l.width, Height: l.height, DeviceScaleFactor: 1, Mobile: l.width < 500}
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}}}
	if _, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, screen); err != nil {
		return err
	}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media); err != nil {
		return err
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		return err
	}
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](fmt.Sprintf("document.body.innerText.includes(%q)", text)))
	return err
}

// keep writes a picture of the page, where somebody asked for pictures.
func (l look) keep(t *testing.T, ctx context.Context, page string) {
	if screenshots == "" {
		return
	}
	// What comes in by an animation shall be in the picture; nothing is asserted of it.
	time.Sleep(time.Second)
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(screenshots, page+"-"+l.name+".png"), picture, 0o600)
	}
	if err != nil {
		t.Error(err)
	}
}

func TestDocs_InABrowser(t *testing.T) {
	p := place{data: t.TempDir()}
	s := p.serve(t)
	ctx := browser(t)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start Chromium (`make setup` installs it): %v", err)
	}
	v := watch(t, ctx)
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, log.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	for _, l := range looks {
		err := l.at(ctx, s.url+"/docs", "Contact lists for outbound call campaigns")
		l.keep(t, ctx, "docs")
		if err != nil {
			t.Fatalf("%s: %v", l.name, err)
		}
		wide, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > window.innerWidth`))
		if err != nil || wide {
			t.Errorf("%s: the page scrolls sideways (%v)", l.name, err)
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.hosts) != 1 || !v.hosts[strings.TrimPrefix(s.url, "http://")] {
		t.Errorf("the page asked these hosts: %v", v.hosts)
	}
	if len(v.complaints) > 0 {
		t.Errorf("the browser complained: %s", strings.Join(v.complaints, "\n"))
	}
}
