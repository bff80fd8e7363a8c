import '@mantine/core/styles.css';
import { Container, MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { ChannelUsageDashboard } from './ChannelUsageDashboard.jsx';

const queryClient = new QueryClient();
// Mantine's own blue is too light for the white text on it.
const theme = { primaryShade: 8 };

createRoot(document.getElementById('root')).render(
  <MantineProvider theme={theme} defaultColorScheme="auto">
    <QueryClientProvider client={queryClient}>
      <Container component="main" size="xs" py="xl">
        <ChannelUsageDashboard peerId="peer_support" />
      </Container>
    </QueryClientProvider>
  </MantineProvider>,
);
