import { createApp } from 'vue';
import ChannelUsage from './ChannelUsage.vue';

createApp(ChannelUsage, { peerId: 'peer_support' }).mount('#app');
