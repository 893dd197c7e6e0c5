// Command genplan writes what the package phone knows of the world's numbering plans: it reads the metadata of libphonenumber,
// compiles its regular expressions into one table of deterministic automata, and writes the table and the rows of the regions.
// Run it in the folder phone, with "go generate ./phone". With -check it writes nothing and fails where a file is not current.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// library is where the numbering plans come from.
const library = "github.com/nyaruka/phonenumbers"

func main() {
	check := flag.Bool("check", false, "compare the files with what would be written")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "genplan:", err)
		os.Exit(1)
	}
}

func run(check bool) error {
	version, folder, err := module()
	if err != nil {
		return err
	}
	files, err := generate(version, folder)
	if err != nil {
		return err
	}
	for file, content := range files {
		if !check {
			if err := os.WriteFile(file, content, 0o644); err != nil {
				return err
			}
			continue
		}
		if current, err := os.ReadFile(file); err != nil || !bytes.Equal(current, content) {
			return fmt.Errorf("%s is not what genplan makes of %s %s and the names of golang.org/x/text; run: make generate", file, library, version)
		}
	}
	return nil
}

// module returns the library's version and the folder of its source.
func module() (version, folder string, err error) {
	out, err := exec.CommandContext(context.Background(), "go", "list", "-m", "-f", "{{.Version}}\t{{.Dir}}", library).Output()
	if err != nil {
		return "", "", fmt.Errorf("go list: %w", err)
	}
	version, folder, _ = strings.Cut(strings.TrimSpace(string(out)), "\t")
	if folder == "" {
		return "", "", fmt.Errorf("the source of %s is not here; run: go mod download", library)
	}
	return version, folder, nil
}
