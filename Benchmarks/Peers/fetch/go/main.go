// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

// Fetches the URLs of a file by net/http: fetch FILE WORKERS http1|h2
package main

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
)

func main() {
	workers, _ := strconv.Atoi(os.Args[2])
	transport := &http.Transport{
		MaxConnsPerHost: workers, MaxIdleConnsPerHost: workers, MaxIdleConns: workers,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}
	if os.Args[3] == "h2" {
		transport.ForceAttemptHTTP2 = true
	} else {
		transport.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	}
	client := &http.Client{Transport: transport}
	file, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	urls := make(chan string, 1000)
	var done, bytes atomic.Int64
	var group sync.WaitGroup
	for range workers {
		group.Add(1)
		go func() {
			defer group.Done()
			for url := range urls {
				response, err := client.Get(url)
				if err != nil {
					panic(err)
				}
				count, err := io.Copy(io.Discard, response.Body)
				response.Body.Close()
				if err == nil && response.StatusCode == 200 {
					done.Add(1)
					bytes.Add(count)
				}
			}
		}()
	}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		urls <- lines.Text()
	}
	close(urls)
	group.Wait()
	fmt.Println(done.Load(), bytes.Load())
}
